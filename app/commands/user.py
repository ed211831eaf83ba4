"""`python -m app user`: what an operator does about people without a browser.

Whoever can run this holds the database anyway; each deed leaves an event row that names the operator. Nothing here
signs, lifts or assesses for anybody.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable

from sqlalchemy import RowMapping, select

from app.settings import load
from data.errors import BadInput
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store, Tx
from data.storage.tables import people
from workflow import accounts, identities, sessions
from workflow.access import same_people
from workflow.rules.roles import Role

OPERATOR = events.Actor(None, "operator")


def arguments(parser: argparse.ArgumentParser) -> None:
    """A verb, and mostly the user name that it is about."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = _about(verbs, "add", "add a person; the password is read from standard input")
    add.add_argument("--role", required=True, help=", ".join(Role))
    add.add_argument("--display", default="", help="the name that colleagues see")
    add.add_argument("--zone", default="UTC", help="the person's time zone, such as Europe/London")
    add.add_argument("--email", default="", help="an e-mail address")
    add.add_argument("--no-password", action="store_true", help="they sign in at your OIDC provider, by the address")
    verbs.add_parser("list", help="everybody with an account")
    _about(verbs, "password", "set a new password, read from standard input; ends every open sign-in")
    _about(verbs, "role", "give another role").add_argument("role", help=", ".join(Role))
    _about(verbs, "email", "set the e-mail address").add_argument("email", help="empty ('') takes it away")
    _about(verbs, "revoke", "take the access away, at once")
    _about(verbs, "restore", "give it back")
    _about(verbs, "unlock", "let somebody try again who gave too many wrong passwords")
    _about(verbs, "link", "say that two accounts are one human being").add_argument("other")
    _about(verbs, "separate", "take that back")
    sign_ins = _about(verbs, "sign-ins", "list open sign-ins, or end them")
    sign_ins.add_argument("--end", type=int, metavar="NUMBER", help="end this one of theirs")
    sign_ins.add_argument("--end-all", action="store_true", help="end all of theirs")
    identity = _about(verbs, "identity", "who they are to your OIDC provider, if it confirms no e-mail address")
    identity.add_argument("--issuer", default="", help="the provider, as its discovery document names it")
    identity.add_argument("--subject", default="", help="what it calls the person")
    identity.add_argument("--forget", action="store_true", help="forget every link, and end those sign-ins")


def _about(verbs: argparse._SubParsersAction[argparse.ArgumentParser], verb: str, says: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(verb, help=says)
    parser.add_argument("name")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the one thing asked, and say what it was."""
    store = open_store(load().database_url)
    try:
        if args.verb in _WITHOUT_ACCOUNT:
            _WITHOUT_ACCOUNT[args.verb](store, args)
            return 0
        with store.write() as tx:
            said = _DEEDS[args.verb](tx, accounts.named(tx, args.name), args)
        print(said)
        return 0
    finally:
        store.close()


def _add(store: Store, args: argparse.Namespace) -> None:
    role = accounts.role_named(args.role)
    password = "" if args.no_password else _read_password()
    name, needed = args.display or args.name, not args.no_password
    with store.write() as tx:
        accounts.add(tx, OPERATOR, args.name, name, role, password, args.zone, args.email, needs_password=needed)
    print(f"{args.name} may sign in now, as {args.role.replace('_', ' ')}.")


def _password(store: Store, args: argparse.Namespace) -> None:
    password = _read_password()
    with store.write() as tx:
        accounts.set_password(tx, OPERATOR, args.name, password)
    print(f"{args.name} has a new password; every open sign-in of theirs has ended.")


def _list(store: Store, args: argparse.Namespace) -> None:
    with store.read() as tx:
        rows = tx.rows(select(people).order_by(people.c.username))
        same, names = same_people(tx), {row["id"]: row["username"] for row in rows}
    for row in rows:
        notes = [] if row["active"] else ["revoked"]
        notes += [] if row["password_hash"] else ["no password"]
        notes += [f"same person as {names[same[row['id']]]}"] if same[row["id"]] != row["id"] else []
        state = f"  ({', '.join(notes)})" if notes else ""
        print(f"{row['username']:<20}{row['role']:<24}{row['zone']:<20}{row['display_name']}{state}")


def _role(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.set_role_in(tx, OPERATOR, row["id"], accounts.role_named(args.role))
    return f"{row['username']} is {args.role.replace('_', ' ')} from their next click."


def _email(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.set_email_in(tx, OPERATOR, row["id"], args.email)
    return f"The e-mail address of {row['username']} is changed."


def _revoke(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.revoke_in(tx, OPERATOR, row["id"])
    return f"{row['username']} has no access any more."


def _restore(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.restore_in(tx, OPERATOR, row["id"])
    return f"{row['username']} may sign in again."


def _unlock(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.unlock_in(tx, OPERATOR, row["id"])
    return f"{row['username']} may try again at once."


def _link(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.link_in(tx, OPERATOR, row["id"], accounts.named(tx, args.other)["id"])
    return f"{row['username']} and {args.other} count as one person from now on."


def _separate(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    accounts.separate_in(tx, OPERATOR, row["id"])
    return f"{row['username']} counts as a person of their own again."


def _sign_ins(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    found = sessions.open_sign_ins(tx, row["id"])
    if args.end_all:
        return f"{sessions.end_all_in(tx, OPERATOR, row['id'])} ended."
    if args.end is not None:
        if args.end not in {one.id for one in found}:
            raise BadInput(f"{row['username']} has no open sign-in {args.end}. List them without --end.")
        sessions.end_in(tx, OPERATOR, args.end)
        return f"Sign-in {args.end} has ended."
    lines = [
        f"{one.id:<8}{one.method:<10}{one.device or 'unknown device':<28}since {one.since:%Y-%m-%d %H:%M} UTC, "
        f"last seen {one.seen_at:%H:%M} UTC"
        for one in found
    ]
    return "\n".join(lines) or f"{row['username']} is not signed in anywhere."


def _identity(tx: Tx, row: RowMapping, args: argparse.Namespace) -> str:
    if args.forget:
        return f"{identities.unlink_in(tx, OPERATOR, row['id'])} forgotten."
    identities.link_in(tx, OPERATOR, row["id"], args.issuer, args.subject)
    return f"{row['username']} may come by {args.issuer} now."


# Those that read a password do so before they open a transaction: nobody waits for somebody who types.
_WITHOUT_ACCOUNT: dict[str, Callable[[Store, argparse.Namespace], None]] = {
    "add": _add,
    "password": _password,
    "list": _list,
}
_DEEDS: dict[str, Callable[[Tx, RowMapping, argparse.Namespace], str]] = {
    "role": _role,
    "email": _email,
    "revoke": _revoke,
    "restore": _restore,
    "unlock": _unlock,
    "link": _link,
    "separate": _separate,
    "sign-ins": _sign_ins,
    "identity": _identity,
}


def _read_password() -> str:
    try:
        if sys.stdin.isatty():
            return getpass.getpass("Password (ten characters or more): ")
        return sys.stdin.readline().rstrip("\n")
    except (EOFError, UnicodeDecodeError) as error:
        raise BadInput("No password could be read. Type one, in UTF-8, and Enter.", cause=repr(error)) from error
