"""`python -m app console`: the web console. Run as many as you like behind a proxy with sticky sessions."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from app.settings import Settings, as_environment, load
from app.supervise import refuse_taken_port
from data.storage.engine import open_store

SERVER = Path(__file__).parent.parent / "server.py"


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Become the web server: this process is replaced, so a signal reaches it directly."""
    settings = load()
    refuse_taken_port(settings)
    open_store(settings.database_url).close()  # a database that cannot be used is a sentence here, not on a page
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER), *options(settings)]
    sys.stdout.flush()
    # The server finds its own settings from the repository, and ours as they are read here: paths and all.
    os.chdir(SERVER.parent.parent)
    os.execve(sys.executable, command, as_environment(settings))  # noqa: S606 - our own interpreter, no shell


def options(settings: Settings) -> list[str]:
    """The web server's options. `allowedHosts` is the wall against requests that came under another name."""
    public = urlsplit(settings.url).hostname or settings.address
    hosts = dict.fromkeys(["localhost", "127.0.0.1", settings.address, public, *settings.hosts])
    given = [f"--server.port={settings.port}", f"--server.address={settings.address}"]
    return [*given, *(part for host in hosts for part in ("--server.allowedHosts", host))]
