"""`python -m app user`: what an operator does about people without a browser."""

from __future__ import annotations

import argparse
import getpass
import sys

from sqlalchemy import select

from app.settings import load
from data.errors import BadInput
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import people
from workflow import accounts
from workflow.rules.roles import Role

OPERATOR = events.Actor(None, "operator")


def arguments(parser: argparse.ArgumentParser) -> None:
    """`add NAME --role ROLE`, `list`, `password NAME`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="add a person; the password is read from standard input")
    add.add_argument("name")
    add.add_argument("--role", required=True, help=", ".join(Role))
    add.add_argument("--display", default="", help="the name that colleagues see")
    add.add_argument("--zone", default="UTC", help="the person's time zone, such as Europe/London")
    password = verbs.add_parser("password", help="set a new password, read from standard input")
    password.add_argument("name")
    verbs.add_parser("list", help="everybody with an account")


def run(args: argparse.Namespace) -> int:
    """Do the one thing asked."""
    store = open_store(load().database_url)
    try:
        return {"add": _add, "password": _password, "list": _list}[args.verb](store, args)
    finally:
        store.close()


def _add(store: Store, args: argparse.Namespace) -> int:
    role, password = accounts.role_named(args.role), _read_password()
    with store.write() as tx:
        accounts.add(tx, OPERATOR, args.name, args.display or args.name, role, password, args.zone)
    print(f"{args.name} may sign in now, as {args.role.replace('_', ' ')}.")
    return 0


def _password(store: Store, args: argparse.Namespace) -> int:
    password = _read_password()
    with store.write() as tx:
        accounts.set_password(tx, OPERATOR, args.name, password)
    print(f"{args.name} has a new password; every open sign-in of theirs has ended.")
    return 0


def _list(store: Store, args: argparse.Namespace) -> int:
    with store.read() as tx:
        for row in tx.rows(select(people).order_by(people.c.username)):
            state = "" if row["active"] else "  (revoked)"
            print(f"{row['username']:<20}{row['role']:<24}{row['zone']:<20}{row['display_name']}{state}")
    return 0


def _read_password() -> str:
    try:
        if sys.stdin.isatty():
            return getpass.getpass("Password (ten characters or more): ")
        return sys.stdin.readline().rstrip("\n")
    except (EOFError, UnicodeDecodeError) as error:
        raise BadInput("No password could be read. Type one, in UTF-8, and Enter.", cause=repr(error)) from error
