"""`python -m app detect < volume.csv`: the live path's own detector over a file of counts."""

from __future__ import annotations

import argparse
import sys

from monitors.detect import detect


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: rows come on standard input."""


def run(args: argparse.Namespace) -> int:
    """Judge the rows on standard input."""
    detect(sys.stdin, sys.stdout)
    return 0
