"""`python -m app audit verify`: walk the hash chain of event rows; exit status 1 and the first bad row if it breaks."""

from __future__ import annotations

import argparse

from app.settings import load
from data.storage import events
from data.storage.engine import open_store


def arguments(parser: argparse.ArgumentParser) -> None:
    """`verify` or `head`."""
    parser.add_argument("what", choices=["verify", "head"], help="verify the chain, or print its last row's hash")


def run(args: argparse.Namespace) -> int:
    """Verify, or print the head to keep elsewhere."""
    store = open_store(load().database_url)
    try:
        last, digest = events.head(store)
        if args.what == "head":
            print(f"{last} {digest}")
            return 0
        checked, broken = events.verify(store)
    finally:
        store.close()
    if broken is not None:
        print(f"The chain breaks at event {broken.event_id}: {broken.why}. {checked} rows before it hold.")
        return 1
    print(f"{checked} event rows hold; the last is {last} {digest}.")
    print("Rows cut off the end show only against a head kept elsewhere: compare with an earlier `audit head`.")
    return 0
