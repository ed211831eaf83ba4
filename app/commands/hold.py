"""`python -m app hold`: pull the brake from a terminal, or see what is held. Lifting still takes two people."""

from __future__ import annotations

import argparse
from datetime import timedelta

from app.settings import load
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from scoring.contract import Scope
from workflow import hold
from workflow.blackout import HOURS
from workflow.held import what_is_held
from workflow.rules.drafts import PLAIN_STATE

OPERATOR = events.Actor(None, "operator")


def arguments(parser: argparse.ArgumentParser) -> None:
    """`open [--scope KIND[:VALUE]] [--hours 24|48] [--note TEXT]`, `list`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    opening = verbs.add_parser("open", help="pause publishing at once")
    scopes = "everything, region:GB, topic:name, channel:x, promotional or promotional:GB"
    opening.add_argument("--scope", default="everything", help=scopes)
    opening.add_argument("--hours", type=int, choices=HOURS, help="when to look at it again; nothing lifts by itself")
    opening.add_argument("--note", default="", help="why, for the people who will lift it")
    verbs.add_parser("list", help="the holds that are on")


def run(args: argparse.Namespace) -> int:
    """Do the one thing asked."""
    store = open_store(load().database_url)
    try:
        return _open(store, args) if args.verb == "open" else _list(store)
    finally:
        store.close()


def _open(store: Store, args: argparse.Namespace) -> int:
    kind, _, value = args.scope.partition(":")
    lasting = None if args.hours is None else timedelta(hours=args.hours)
    done = hold.open_by_operator(store, OPERATOR, Scope(kind, value), args.note, lasting)
    number = len(done.stopped)
    print(f"Hold {done.hold_id} is on. It stopped {number} scheduled post{'' if number == 1 else 's'}.")
    for draft_id, state in done.became.items():
        print(f"Draft {draft_id} was already on its way when the hold began. By now it is {PLAIN_STATE[state]}.")
    return 0


def _list(store: Store) -> int:
    with store.read() as tx:
        found, held = hold.open_holds(tx), what_is_held(tx)
    for one in found:
        scope = " ".join(part for part in (one.scope.kind, one.scope.value) if part)
        count = len(held[one.id].posts)
        posts = "1 post" if count == 1 else f"{count} posts"
        print(f"{one.id}  {one.opened_at:%Y-%m-%d %H:%M} UTC  {scope}  {posts}  by {one.opened_by}  {one.note}")
        for reason in one.reasons:
            print(f"     {reason.code}: {reason.text} {reason.evidence}")
        print(f"     {one.wanted}")
    if not found:
        print("No hold is on.")
    return 0
