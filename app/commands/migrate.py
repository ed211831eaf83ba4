"""`python -m app migrate`: bring the schema up to date without starting anything.

With `--grant-to ROLE`, on PostgreSQL, also give the role that console and worker run as its rights on the tables:
everything they need, and on the event rows nothing but reading and adding (docs/ledger.md). Repeat it after an update.
"""

from __future__ import annotations

import argparse

from app.settings import load
from data.storage.engine import newest_revision, open_store, without_secret
from data.storage.roles import grant_to


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--grant-to ROLE`."""
    parser.add_argument("--grant-to", metavar="ROLE", help="PostgreSQL: the role that console and worker run as")


def run(args: argparse.Namespace) -> int:
    """Open the database, which migrates it."""
    settings = load()
    store = open_store(settings.database_url)
    try:
        print(f"{without_secret(settings.database_url)} is at schema {newest_revision()}.")
        if args.grant_to:
            print(f"{args.grant_to} may work with {grant_to(store, args.grant_to)} tables, and only add event rows.")
    finally:
        store.close()
    return 0
