"""`python -m app doctor`: look at everything that could be wrong, and say what to do about it."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import RowMapping, func, select

from app import oidc
from app.judges import scorer_for
from app.settings import Settings, load
from data.errors import BadInput, TactError
from data.storage import events
from data.storage.engine import newest_revision, open_store
from data.storage.roles import can_rewrite
from data.storage.seal import Seal, not_opened, seal_for
from data.storage.store import Store
from data.storage.tables import brands, channel_accounts, people, sources, webhooks
from monitors.sources import discover as discover_sources
from monitors.sources import polled
from publishing.channels import discover as discover_channels
from publishing.channels import kinds as account_kinds
from publishing.mail import mailer_from

LEAST_DISK = 200 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """One line for each check; exit status 1 when one of them failed."""
    settings = load()
    failed = 0
    for name, check in _checks(settings):
        try:
            print(f"ok    {name}: {check()}")
        except TactError as error:
            failed += 1
            print(f"FAIL  {name}: {error.message}" + (f" ({error.cause})" if error.cause else ""))
    return 1 if failed else 0


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"console on {settings.address}:{settings.port}"
    yield "signing in", lambda: _signing_in(settings)
    yield "contact", lambda: _contact(settings)
    yield "mail", lambda: _mail(settings)
    yield "disk", _disk
    yield "judge", lambda: _judge(settings)
    yield "kinds of source", lambda: ", ".join(discover_sources())
    yield "channels", lambda: ", ".join(discover_channels({"dry_run_folder": str(settings.dry_run_folder)}))
    yield "database", lambda: _with_store(settings, _database)
    yield "people", lambda: _with_store(settings, _people)
    yield "sources", lambda: _with_store(settings, _sources)
    yield "secrets", lambda: _with_store(settings, lambda store: _secrets(settings, store))
    yield "accounts", lambda: _with_store(settings, lambda store: _accounts(settings, store))
    yield "event rows", lambda: _with_store(settings, _chain)


def _signing_in(settings: Settings) -> str:
    if not settings.oidc:
        return "by password"
    back = oidc.way_back(settings)
    return f"by password, or with {settings.oidc_label}; the provider must know {back} as the way back"


def _contact(settings: Settings) -> str:
    if not settings.contact:
        raise BadInput("Set TACT_CONTACT to an address where the owners of the feeds you read can reach you.")
    return settings.contact


def _mail(settings: Settings) -> str:
    mailer = mailer_from(settings.smtp_url, settings.mail_from)
    return (
        f"{mailer.sender} through {mailer.host}:{mailer.port}" if mailer else "none set (TACT_SMTP_URL): the inbox only"
    )


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free
    if free < LEAST_DISK:
        raise BadInput(f"Only {free // 2**20} MiB are free; Tact wants at least {LEAST_DISK // 2**20}. Make room.")
    return f"{free // 2**20} MiB free"


def _judge(settings: Settings) -> str:
    scorer = scorer_for(settings)
    # Asked directly: a model that cannot be loaded says here what is wrong with it.
    dark, quiet = scorer.score(["Three children drowned when the ferry sank.", "A quiet day at the lake."])
    if quiet.tragedy.label != "clear" or dark.tragedy.label == "clear":
        raise BadInput("The judge mistakes a quiet sentence for a tragedy, or the other way round. Install Tact again.")
    return scorer.name


def _with_store(settings: Settings, check: Callable[[Store], str]) -> str:
    store = open_store(settings.database_url)
    try:
        return check(store)
    finally:
        store.close()


def _database(store: Store) -> str:
    with store.read() as tx:
        brand = tx.value(select(brands.c.name).limit(1))
    return f"schema {newest_revision()}, brand {brand or 'not set up yet: open the console'}"


def _people(store: Store) -> str:
    with store.read() as tx:
        number = tx.value(select(func.count()).select_from(people).where(people.c.active))
    if not number:
        raise BadInput("Nobody has an account. Open the console: the first visit creates the administrator.")
    return f"{number} active"


def _sources(store: Store) -> str:
    with store.read() as tx:
        rows = tx.rows(select(sources).where(sources.c.enabled))
        asked = polled(discover_sources())
        overdue = tx.now - timedelta(minutes=5)
        late = [row["name"] for row in rows if row["kind"] in asked and row["next_poll_at"] < overdue]
        failing = [f"{row['name']}: {row['last_message']}" for row in rows if row["failures"]]
    if late:
        raise BadInput(f"Not read although due: {', '.join(late)}. Is a worker running? (python -m app worker)")
    if failing:
        raise BadInput("; ".join(failing))
    return f"{len(rows)} on, all read in time"


def _secrets(settings: Settings, store: Store) -> str:
    seal = seal_for(settings.database_url, settings.secret_key)
    where = "TACT_SECRET_KEY" if seal.from_settings else f"the key in {seal.file}"
    with store.read() as tx:
        kept = (select(one.c.name, one.c.secrets) for one in (sources, webhooks, channel_accounts))
        rows = [row for query in kept for row in tx.rows(query) if row["secrets"]]
    if failed := not_opened(seal, rows):
        raise BadInput(
            f"{where} does not open the secrets of {', '.join(failed)}. Put the right key back, or give the secrets "
            "again on the page of each (Sources, Calls out, Channels)."
        )
    if seal.exposed():
        raise BadInput(f"{seal.file} can be read by others: chmod 600 {seal.file}")
    return (
        f"{where} opens those of {len(rows)} sources, programs and accounts"
        if rows
        else f"none stored yet; they would be sealed by {where}"
    )


def _accounts(settings: Settings, store: Store) -> str:
    """Each account with its last check. Those that are on must open and, where they were checked, have let us in."""
    with store.read() as tx:
        rows = tx.rows(select(channel_accounts).order_by(channel_accounts.c.name))
    if not rows:
        return "none yet; dry run and by hand need none"
    seal, known = seal_for(settings.database_url, settings.secret_key), account_kinds()
    wrong = [f"{row['name']}: {said}" for row in rows if row["enabled"] and (said := _account_says(row, seal, known))]
    if wrong:
        raise BadInput(f"{' '.join(wrong)} See the Channels page.")
    return "; ".join(f"{row['name']} ({row['kind']}), {_last_check(row)}" for row in rows)


def _account_says(row: RowMapping, seal: Seal, known: Collection[str]) -> str:
    """What is wrong with an account, in a sentence; empty when nothing is."""
    if row["kind"] not in known:
        return f"this program has no channel of the kind {row['kind']!r}."
    if not_opened(seal, [row]):
        return "its secrets cannot be opened with this key."
    return f"its last check failed. {row['check_message']}" if row["check_ok"] is False else ""


def _last_check(row: RowMapping) -> str:
    if not row["enabled"]:
        return "switched off"
    if row["check_ok"] is None:
        return "not checked yet"
    return f"checked {row['checked_at']:%d %B, %H:%M} UTC"


def _chain(store: Store) -> str:
    checked, broken = events.verify(store)
    if broken is not None:
        raise BadInput(f"The chain breaks at event {broken.event_id}: {broken.why}.")
    if store.is_postgres and can_rewrite(store):
        return f"{checked} hold; this role could rewrite them: run as another one (python -m app migrate --grant-to)"
    return f"{checked} hold"
