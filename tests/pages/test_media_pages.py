"""Pictures as people handle them on the pages: every widget that changes something, and words that are never lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from data.storage.tables import drafts, media
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, errors, plain, press, said, submit, team_at, visit
from tests.pictures import as_bytes, scene
from workflow import draft
from workflow import media as pictures
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.pictures import Picture, opened

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)
ALT = "A valley in the morning, with red rooftops."


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


@cache
def picture(number: int) -> Picture:
    return opened(as_bytes(scene(number)))


def take(team: f.Team, number: int = 1, origin: str = "in-house") -> pictures.Taken:
    taken = pictures.keep(team.store, team.tokens["ana"], f"scene {number}.jpg", picture(number))
    pictures.note_origin(team.store, team.tokens["ana"], taken.media_id, origin)
    return taken


def with_pictures(*taken: pictures.Taken) -> Writing:
    return Writing(**{**vars(WORDS), "media": tuple({**one.entry, "alt_text": ALT} for one in taken)})


def saved(team: f.Team, draft_id: int) -> Writing:
    with team.store.read() as tx:
        return draft.writing_of(tx, draft_row(tx, draft_id))


def upload(at: AppTest, name: str, content: bytes) -> AppTest:
    return calm(at.file_uploader[0].set_value((name, content, "image/jpeg")).run())


def field(team: f.Team, draft_id: int, name: str) -> str:
    return f"draft{draft_id}.{team.people['ana'].id}.{name}"


def test_a_picture_is_added_described_noted_and_saved_with_the_words(team: f.Team, tmp_path: Path) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WORDS)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("New words.").run())
    at = upload(at, "holiday.pdf", as_bytes(scene(1)))
    assert "Nobody noted where it comes from" in said(at)
    assert "needs a description" in said(at)
    calm(at.text_area(key=field(team, draft_id, "alt.1")).set_value(ALT).run())
    calm(at.selectbox(key="origin_1_None").set_value("in-house").run())
    press(at, f"save_{draft_id}")
    kept = saved(team, draft_id)
    assert (kept.text, [one["alt_text"] for one in kept.media]) == ("New words.", [ALT])
    assert "Nobody noted" not in said(at)


def test_a_wrong_file_is_told_and_costs_no_word(team: f.Team, tmp_path: Path) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WORDS)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Words that must stay.").run())
    at = upload(at, "clip.jpg", b"\x00\x00\x00\x18ftypisom" + bytes(40))
    assert "clip.jpg: Videos are not taken in" in errors(at)
    assert at.text_area(key=field(team, draft_id, "text")).value == "Words that must stay."
    at = upload(at, "page.jpg", b"<html><script>alert(1)</script>")
    assert "page.jpg: This is text or a drawing" in errors(at)
    assert "clip.jpg" not in errors(at)


def test_pictures_are_put_in_another_order_and_taken_out(team: f.Team, tmp_path: Path) -> None:
    one, two = take(team, 1), take(team, 2)
    draft_id = draft.start(team.store, team.tokens["ana"], with_pictures(one, two))
    at = press(visit(team, "ana", "draft", tmp_path, draft=draft_id), f"later_{one.media_id}")
    press(at, f"save_{draft_id}")
    assert [entry["media_id"] for entry in saved(team, draft_id).media] == [two.media_id, one.media_id]
    at = press(at, f"remove_{two.media_id}")
    press(at, f"save_{draft_id}")
    assert [entry["media_id"] for entry in saved(team, draft_id).media] == [one.media_id]


def test_a_found_picture_is_searched_for_and_its_permission_noted(team: f.Team, tmp_path: Path) -> None:
    taken = take(team, 1, "found")
    draft_id = draft.start(team.store, team.tokens["ana"], with_pictures(taken))
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "no reverse image search has come back clear" in said(at)
    at.radio(key=f"found_{taken.media_id}").set_value("not clear")
    assert "Say what you found" in errors(submit(at, "Note the search"))
    at.radio(key=f"found_{taken.media_id}").set_value("not clear")
    at.text_input(key=f"found_note_{taken.media_id}").set_value("A fire in 2019")
    at = submit(at, "Note the search")
    assert "A fire in 2019" in said(at)
    assert "no reverse image search has come back clear" in said(at)
    at.radio(key=f"found_{taken.media_id}").set_value("clear")
    at = submit(at, "Note the search")
    next(one for one in at.text_input if one.label.startswith("Who allowed it")).set_value("Rosa, by mail")
    at = submit(at, "Note it")
    assert "Allowed by: Rosa, by mail" in said(at)
    assert "no note says who allowed" not in said(at)


def test_a_signer_looks_at_each_picture_before_approving(team: f.Team, tmp_path: Path) -> None:
    taken = take(team)
    draft_id = f.draft_in_review(team, with_pictures(taken))
    at = visit(team, "lea", "approvals", tmp_path)
    assert "1 picture" in said(at)
    assert ALT in said(at)
    assert at.image
    assert at.button(key=f"approve_{draft_id}").disabled
    at = press(at, f"look_{taken.media_id}")
    assert "You have looked at this picture" in said(at)
    press(at, f"approve_{draft_id}")
    assert "Signed by Lea" in said(visit(team, "max", "approvals", tmp_path))


def test_a_swapped_file_is_not_shown_as_the_one_that_was_taken_in(team: f.Team, tmp_path: Path) -> None:
    taken = take(team, 7)
    f.draft_in_review(team, with_pictures(taken))
    with team.store.write() as tx:
        tx.run(update(media).values(content=as_bytes(scene(8))))
    at = visit(team, "lea", "approvals", tmp_path)
    assert "no longer the file that was taken in" in errors(at)
    assert "no longer the file that was taken in" in errors(press(at, f"look_{taken.media_id}"))


def test_never_again_and_its_lifting_are_on_the_pages(team: f.Team, tmp_path: Path) -> None:
    taken = take(team)
    f.draft_in_review(team, with_pictures(taken))
    at = visit(team, "lea", "approvals", tmp_path)
    assert "Say why" in errors(press(at, f"never_{taken.media_id}"))
    at.text_input(key=f"never_why_{taken.media_id}").set_value("It shows the fire.")
    at = press(at, f"never_{taken.media_id}")
    assert "The team refused it, or one that looks like it: It shows the fire." in said(at)
    listed = visit(team, "max", "draft", tmp_path)
    assert "scene 1.jpg: It shows the fire." in said(listed)
    listed.text_input(key="lift_why_1").set_value("Another fire, in a film.")
    assert "lifted" in said(press(listed, "lift_1"))
    assert "lift_1" not in {one.key for one in visit(team, "vic", "draft", tmp_path).button}


def test_who_posts_by_hand_gets_the_file_and_its_description(team: f.Team, tmp_path: Path) -> None:
    taken = take(team)
    for _ in range(2):  # two posts with one picture
        draft.start(team.store, team.tokens["ana"], with_pictures(taken))
    with team.store.write() as tx:
        tx.run(update(drafts).values(state="by_hand"))
    at = visit(team, "ana", "schedule", tmp_path)
    assert [plain(one.label) for one in at.download_button] == ["Download scene 1.jpg"] * 2
    assert ALT in said(at)
    pictures.note_origin(team.store, team.tokens["ana"], taken.media_id, "found")
    at = visit(team, "ana", "schedule", tmp_path)
    assert "Do not post scene 1.jpg" in errors(at)
    assert not at.download_button


def test_a_signer_who_does_not_write_notes_the_rights_on_the_drafts_page(team: f.Team, tmp_path: Path) -> None:
    taken = take(team, 1, "stock")
    draft_id = draft.start(team.store, team.tokens["ana"], with_pictures(taken))
    at = visit(team, "pia", "draft", tmp_path, draft=draft_id)
    next(one for one in at.text_input if one.label.startswith("Who allowed it")).set_value("Licence 4471")
    assert "Allowed by: Licence 4471" in said(submit(at, "Note it"))
    assert "Licence 4471" in said(visit(team, "vic", "draft", tmp_path, draft=draft_id))
