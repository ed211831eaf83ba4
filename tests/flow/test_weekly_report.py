"""A week's report from its figures to somebody's mailbox: words on top, sent once, frozen then."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import weekly_pdf
from app.caller import report_letter
from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import calls, events, notices, people
from publishing.mail import _message
from tests import factory as f
from tests.conftest import HandClock
from workflow import calls as out
from workflow.measuring import weekly
from workflow.measuring.weekly import Line, Section
from workflow.rules.weeks import week_of

FAST = Section("How fast", (Line("Alert to publication", "14 min", "of 9 posts"),), "Business hours only.")
FASTER = Section("How fast", (Line("Alert to publication", "11 min", "of 10 posts"),))


@pytest.fixture
def team(store: Store) -> f.Team:
    team = f.team_in(store)
    with store.write() as tx:
        mine = people.c.id == team.people["lea"].id
        tx.run(update(people).where(mine).values(email="lea@team.example", mail_kinds=[]))
    return team


@pytest.fixture
def report_id(team: f.Team, clock: HandClock) -> int:
    return weekly.make(team.store, week_of(clock(), "UTC"), [FAST])


def read(team: f.Team, report_id: int) -> weekly.Report:
    with team.store.read() as tx:
        return weekly.report(tx, report_id)


def send(team: f.Team, report_id: int, *names: str) -> tuple[str, ...]:
    seen = read(team, report_id).changed_at
    ids = [team.people[name].id for name in names]
    return weekly.send(team.store, team.tokens["max"], report_id, ids, seen)


def put_words(team: f.Team, report_id: int, words: str = "A calm week.\nWe let most of it go.") -> None:
    weekly.write(team.store, team.tokens["max"], report_id, words, read(team, report_id).changed_at)


def test_the_product_makes_it_once_and_tells_those_who_may_send_it(
    team: f.Team, report_id: int, clock: HandClock
) -> None:
    assert weekly.make(team.store, week_of(clock(), "UTC"), [FASTER]) == report_id
    assert read(team, report_id).sections == (FASTER,), "not sent yet: the figures may be taken anew"
    with team.store.read() as tx:
        told = {row["person_id"] for row in tx.rows(select(notices).where(notices.c.kind == "weekly_report"))}
    assert told == {team.people["lea"].id, team.people["max"].id}


def test_it_is_sent_with_words_to_whoever_has_an_address_and_stays_as_it_was(team: f.Team, report_id: int) -> None:
    with pytest.raises(BadInput, match="sentence or two"):
        send(team, report_id, "lea")
    put_words(team, report_id)
    with pytest.raises(BadInput, match="e-mail address"):
        send(team, report_id, "ana")
    assert send(team, report_id, "lea", "ana") == ("Ana",)
    for late in (lambda: put_words(team, report_id, "No!"), lambda: send(team, report_id, "lea")):
        with pytest.raises(Refused, match="was sent"):
            late()
    found = read(team, report_id)
    assert (found.recipients, found.author, found.sections) == (("Lea",), "Max", (FAST,))
    with team.store.read() as tx:
        [call] = tx.rows(select(calls).where(calls.c.kind == "weekly_report", calls.c.webhook_id.is_(None)))
        kinds = [row["kind"] for row in tx.rows(select(events).where(events.c.subject == "weekly_report"))]
    assert call["address"] == "lea@team.example", "whatever kinds she chose: somebody named her"
    assert kinds == ["weekly_report_made", "weekly_report_written", "weekly_report_sent"]


def test_the_letter_has_the_words_and_the_same_document_at_every_try(team: f.Team, report_id: int) -> None:
    put_words(team, report_id)
    send(team, report_id, "lea")
    call = out.claim(team.store, "worker", mail=True)
    assert call is not None
    letters = [report_letter(call, read(team, report_id), team.store.now()) for _ in range(2)]
    assert letters[0] == letters[1]
    message: Message = _message("tact@team.example", letters[0])
    text, file = message.get_payload()  # type: ignore[misc]
    assert "We let most of it go." in text.get_content()  # type: ignore[union-attr]
    assert file.get_filename() == f"tact-week-{read(team, report_id).week}.pdf"  # type: ignore[union-attr]
    assert file.get_payload(decode=True).startswith(b"%PDF-")  # type: ignore[union-attr]


def test_whoever_writes_on_top_of_words_they_have_not_seen_is_told(team: f.Team, report_id: int) -> None:
    seen = read(team, report_id).changed_at
    put_words(team, report_id)
    with team.store.write() as tx:
        tx.run(update(weekly.weekly_reports).values(changed_at=tx.now.replace(year=2027)))
    with pytest.raises(Refused) as refused:
        weekly.write(team.store, team.tokens["lea"], report_id, "Mine.", seen)
    assert refused.value.codes == ("stale_screen",)


def test_figures_that_were_taken_anew_are_read_before_they_are_sent(
    team: f.Team, report_id: int, clock: HandClock
) -> None:
    """The words on top speak of the figures that were on the screen."""
    put_words(team, report_id)
    seen, whom = read(team, report_id).changed_at, [team.people["lea"].id]
    weekly.make(team.store, week_of(clock(), "UTC"), [FAST], token=team.tokens["max"])
    assert read(team, report_id).changed_at == seen, "the same figures are no change"
    weekly.make(team.store, week_of(clock(), "UTC"), [FASTER], token=team.tokens["max"])
    with pytest.raises(Refused, match="Read it again"):
        weekly.send(team.store, team.tokens["lea"], report_id, whom, seen)
    assert read(team, report_id).sent_at is None


@pytest.mark.parametrize("name", ["ana", "ada", "vic"])
def test_only_leads_and_managers_write_and_send(team: f.Team, report_id: int, name: str) -> None:
    seen = read(team, report_id).changed_at
    with pytest.raises(Refused):
        weekly.write(team.store, team.tokens[name], report_id, "Mine.", seen)
    with pytest.raises(Refused):
        weekly.send(team.store, team.tokens[name], report_id, [team.people["lea"].id], seen)


def test_words_that_look_like_markup_or_have_no_glyph_are_drawn_and_not_obeyed(team: f.Team, report_id: int) -> None:
    put_words(team, report_id, "<b>5 < 7 & </para><img src='file:///etc/passwd'/> 🎉 Ω")
    document = weekly_pdf.render(read(team, report_id))
    assert document.count(b"/Type /Page\n") == 1
    assert weekly_pdf._shown("🎉 Ω") == "□ Ω"


def test_the_fonts_come_with_their_licence() -> None:
    assert "Bitstream" in (Path(weekly_pdf.FONTS) / "LICENSE").read_text(encoding="utf-8")
