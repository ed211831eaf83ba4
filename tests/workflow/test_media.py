"""Pictures from hand to gate, on both databases: noted, searched for, looked at by each signer, and never swapped."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from PIL import Image, ImageOps
from sqlalchemy import select, update

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import events, media, scheduled_posts
from publishing.outbox import outgoing_of
from tests import factory as f
from tests.pictures import as_bytes, scene
from workflow import draft, refused_pictures
from workflow import media as pictures
from workflow.content import media_facts
from workflow.draft import Writing
from workflow.gatekeeper import gate_facts
from workflow.lifecycle import draft_row
from workflow.pictures import Picture, opened
from workflow.rules.gate import codes, refusals

ALT = "A valley in the morning, with red rooftops."
MEDIA_CODES = {"media_not_previewed", "media_provenance", "rights_missing", "media_refused", "content_changed"}


@cache
def picture(number: int) -> Picture:
    """Opened by the real child, once for all tests."""
    return opened(as_bytes(scene(number)))


def take(team: f.Team, number: int = 1, who: str = "ana") -> pictures.Taken:
    return pictures.keep(team.store, team.tokens[who], f"scene {number}.jpeg", picture(number))


def with_picture(taken: pictures.Taken, alt_text: str = ALT) -> Writing:
    entry = {**taken.entry, "alt_text": alt_text}
    return Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False, media=(entry,))


def in_review(team: f.Team, taken: pictures.Taken, origin: str = "in-house") -> int:
    pictures.note_origin(team.store, team.tokens["ana"], taken.media_id, origin)
    return f.draft_in_review(team, with_picture(taken))


def look_and_sign(team: f.Team, name: str, draft_id: int, taken: pictures.Taken) -> None:
    pictures.look(team.store, team.tokens[name], taken.media_id, taken.entry["sha256"])
    f.sign(team, name, draft_id)


def gate(team: f.Team, draft_id: int) -> set[str]:
    """What the gate says about pictures now."""
    with team.store.write() as tx:
        post = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id))
        assert post is not None
        return set(codes(refusals(gate_facts(tx, draft_row(tx, draft_id), post, team.scorer, None)))) & MEDIA_CODES


def kinds(store: Store) -> list[str]:
    with store.read() as tx:
        rows = tx.rows(select(events.c.kind).order_by(events.c.id))
        return [row["kind"] for row in rows if row["kind"].startswith(("media_", "signatures_"))]


def test_a_picture_goes_from_hand_to_the_gate_and_out_as_signed(store: Store) -> None:
    team = f.team_in(store)
    given = as_bytes(scene(1))
    taken = pictures.take_in(store, team.tokens["ana"], "../scene 1.php", given)
    draft_id = in_review(team, taken)
    for name in ("lea", "max"):
        look_and_sign(team, name, draft_id, taken)
    assert f.state_of(team, draft_id) == "scheduled"
    assert gate(team, draft_id) == set()
    with store.write() as tx:
        post = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id))
        assert post is not None
        sent = outgoing_of(tx, draft_row(tx, draft_id), post).media[0]
        kept = tx.row(select(media))
    assert kept is not None
    assert (sent.name, sent.mime, sent.alt_text, sent.content) == ("scene 1.jpg", "image/jpeg", ALT, kept["content"])
    assert (kept["width"], kept["height"], len(kept["looks"])) == (400, 300, 64)
    assert kept["given_sha256"] == sha256(given).hexdigest() != kept["sha256"]
    assert kinds(store) == ["media_taken_in", "media_origin_noted", "media_looked_at", "media_looked_at"]


def test_nobody_approves_what_they_did_not_look_at_themselves(store: Store) -> None:
    team = f.team_in(store)
    taken = take(team)
    draft_id = in_review(team, taken)
    pictures.look(store, team.tokens["max"], taken.media_id, taken.entry["sha256"])
    with pytest.raises(Refused, match=r"You have not looked at scene 1\.jpg yet") as refused:
        f.sign(team, "lea", draft_id)
    assert refused.value.codes == ("media_not_previewed",)
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "in_review"


def test_a_file_swapped_in_the_database_is_neither_looked_at_nor_signed_nor_sent(store: Store) -> None:
    team = f.team_in(store)
    taken = take(team)
    draft_id = in_review(team, taken)
    look_and_sign(team, "lea", draft_id, taken)
    other = as_bytes(scene(9))
    with store.write() as tx:
        tx.run(update(media).values(content=other))
    with pytest.raises(Refused, match="no longer the file that was taken in"):
        pictures.look(store, team.tokens["max"], taken.media_id, taken.entry["sha256"])
    for name in ("max", "pia"):
        with pytest.raises(Refused, match="no longer the file") as refused:
            f.sign(team, name, draft_id)
        assert refused.value.codes == ("content_changed",)


def test_a_file_swapped_on_the_schedule_is_caught_at_the_gate_its_hash_with_it(store: Store) -> None:
    team = f.team_in(store)
    taken = take(team)
    draft_id = in_review(team, taken)
    for name in ("lea", "max"):
        look_and_sign(team, name, draft_id, taken)
    with store.write() as tx:
        tx.run(update(media).values(content=as_bytes(scene(9)), sha256="0" * 64))
    assert gate(team, draft_id) == {"content_changed", "media_not_previewed"}


def test_what_is_noted_stops_or_lets_go_and_costs_the_signatures_when_it_changes(store: Store) -> None:
    team = f.team_in(store)
    taken = take(team)
    token = team.tokens["ana"]
    draft_id = draft.start(store, token, with_picture(taken))
    f.answer_well(team, draft_id)

    def missing() -> str:
        with pytest.raises(Refused) as refused:
            draft.submit(store, team.scorer, token, draft_id, 1)
        return refused.value.message

    assert "Nobody noted where scene 1.jpg comes from" in missing()
    pictures.note_origin(store, token, taken.media_id, "found")
    assert "no reverse image search has come back clear" in missing()
    pictures.note_search(store, token, taken.media_id, "not clear", "A fire in 2019")
    assert "no note says who allowed its use" in missing()
    pictures.note_rights(store, token, taken.media_id, "Rosa, by mail", "https://mail.example/1", "2026-02-27")
    assert "search" in missing()
    pictures.note_search(store, token, taken.media_id, "clear", "Rosa's own post of May")
    draft.submit(store, team.scorer, token, draft_id, 1)
    for name in ("lea", "max"):
        look_and_sign(team, name, draft_id, taken)
    assert gate(team, draft_id) == set()
    pictures.note_search(store, team.tokens["pia"], taken.media_id, "clear", "Rosa's own post of May")
    assert f.state_of(team, draft_id) == "scheduled"  # nothing changed: the same was found again
    pictures.note_search(store, team.tokens["pia"], taken.media_id, "not clear", "It is a fire after all")
    assert f.state_of(team, draft_id) == "in_review"
    with store.read() as tx:
        row = tx.row(select(media))
        fact = media_facts(tx, draft_row(tx, draft_id))[0]
        assert row is not None
        assert (row["searched_by"], row["searched_at"]) == (team.people["pia"].id, tx.now)
        assert (fact.reverse_image_search, fact.rights_note) == ("not clear", "Rosa, by mail")


def test_one_signature_expires_when_the_rights_change(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    taken = take(team)
    draft_id = in_review(team, taken)
    look_and_sign(team, "lea", draft_id, taken)
    pictures.note_rights(team.store, team.tokens["ana"], taken.media_id, "Our own photographer")
    assert kinds(team.store)[-1] == "signatures_expired"
    look_and_sign(team, "max", draft_id, taken)
    assert f.state_of(team, draft_id) == "in_review"
    f.sign(team, "lea", draft_id)  # her look at the file still stands: the file did not change
    assert f.state_of(team, draft_id) == "scheduled"


def test_a_refused_picture_stops_posts_and_is_known_again_by_its_looks(store: Store) -> None:
    team = f.team_in(store)
    taken, other = take(team), take(team, 2)
    draft_id = in_review(team, taken)
    for name in ("lea", "max"):
        look_and_sign(team, name, draft_id, taken)
    with pytest.raises(BadInput, match="Say why"):
        refused_pictures.refuse(store, team.tokens["lea"], taken.media_id, " ")
    assert refused_pictures.refuse(store, team.tokens["lea"], taken.media_id, "It shows the fire.") == 1
    assert f.state_of(team, draft_id) == "in_review"
    assert "media_refused" in gate(team, draft_id)
    smaller = as_bytes(scene(1).resize((240, 180)), "PNG")
    with pytest.raises(Refused, match=r"refused this picture, or one that looks like it: It shows the fire\.") as told:
        pictures.take_in(store, team.tokens["ana"], "again.png", smaller)
    assert told.value.codes == ("media_refused",)
    assert kinds(store)[-1] == "media_turned_away"
    mirrored = as_bytes(ImageOps.mirror(scene(1)))
    with pytest.raises(Refused, match="one that looks like it"):
        pictures.take_in(store, team.tokens["ana"], "mirrored.jpg", mirrored)
    assert take(team, 2).known
    assert other.media_id == take(team, 2).media_id
    with store.read() as tx:
        listed = refused_pictures.refused_pictures(tx)
    assert [(one.name, one.reason, one.by, one.lifted_at) for one in listed] == [
        ("scene 1.jpg", "It shows the fire.", "Lea", None)
    ]
    with pytest.raises(BadInput, match="Say why"):
        refused_pictures.lift(store, team.tokens["max"], listed[0].id, "")
    refused_pictures.lift(store, team.tokens["max"], listed[0].id, "It was another fire, in a film.")
    assert pictures.take_in(store, team.tokens["ana"], "again.png", smaller).known is False
    assert "media_refused" not in gate(team, draft_id)
    with pytest.raises(Refused, match="lifted already"):
        refused_pictures.lift(store, team.tokens["max"], listed[0].id, "Twice.")
    refused_pictures.refuse(store, team.tokens["lea"], taken.media_id, "It is the fire after all.")
    with pytest.raises(Refused, match="refused already"):
        refused_pictures.refuse(store, team.tokens["lea"], taken.media_id, "Again.")


@pytest.mark.parametrize("name", ["ana", "ada", "vic"])
def test_only_signers_refuse_a_picture_for_good(sqlite_store: Store, name: str) -> None:
    team = f.team_in(sqlite_store)
    taken = take(team)
    with pytest.raises(Refused, match="may not do this"):
        refused_pictures.refuse(team.store, team.tokens[name], taken.media_id, "No.")


@pytest.mark.parametrize("name", ["ada", "vic"])
def test_who_neither_writes_nor_signs_has_no_hand_in_pictures(sqlite_store: Store, name: str) -> None:
    team = f.team_in(sqlite_store)
    taken, token = take(team), team.tokens[name]
    for deed in (
        lambda: take(team, who=name),
        lambda: pictures.note_origin(team.store, token, taken.media_id, "in-house"),
        lambda: pictures.note_search(team.store, token, taken.media_id, "clear"),
        lambda: pictures.note_rights(team.store, token, taken.media_id, "Rosa"),
        lambda: pictures.look(team.store, token, taken.media_id, taken.entry["sha256"]),
    ):
        with pytest.raises(Refused, match="may not do this"):
            deed()


def test_what_cannot_be_noted_is_told(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    taken, store, token = take(team), team.store, team.tokens["ana"]
    for wrong in (
        lambda: pictures.note_origin(store, token, taken.media_id, "somewhere"),
        lambda: pictures.note_origin(store, token, 99, "found"),
        lambda: pictures.note_search(store, token, taken.media_id, "clean"),
        lambda: pictures.note_search(store, token, taken.media_id, "not clear"),
        lambda: pictures.note_rights(store, token, taken.media_id, " "),
        lambda: pictures.note_rights(store, token, taken.media_id, "Rosa", "javascript:alert(1)"),
        lambda: pictures.note_rights(store, token, taken.media_id, "Rosa", "", "2030-01-01"),
        lambda: pictures.note_rights(store, token, taken.media_id, "Rosa", "", "last May"),
    ):
        with pytest.raises(BadInput):
            wrong()
    assert kinds(store) == ["media_taken_in"]


def test_a_version_names_only_files_that_are_there_by_their_own_hash(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    taken = take(team)
    for change in ({"sha256": "0" * 64}, {"media_id": 99}, {"kind": "video"}):
        wrong = Writing("Words.", media=({**taken.entry, **change},), reactive=False)
        with pytest.raises(BadInput):
            draft.start(team.store, team.tokens["ana"], wrong)
    with pytest.raises(BadInput, match="cannot be attached"):
        draft.start(team.store, team.tokens["ana"], Writing("Words.", media=(taken.entry,) * 2, reactive=False))


def test_a_picture_without_a_description_or_too_large_for_the_platform_is_not_handed_on(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    taken = take(team)
    pictures.note_origin(team.store, team.tokens["ana"], taken.media_id, "in-house")
    with pytest.raises(Refused, match=r"scene 1\.jpg needs a description") as refused:
        f.draft_in_review(team, with_picture(taken, alt_text=""))
    assert refused.value.codes == ("media_unready",)
    noise = Image.effect_noise((1000, 800), 90).convert("RGB")
    large = pictures.take_in(team.store, team.tokens["ana"], "noise.png", as_bytes(noise, "PNG"))
    pictures.note_origin(team.store, team.tokens["ana"], large.media_id, "in-house")
    writing = with_picture(large)
    with pytest.raises(Refused, match="Bluesky takes 1 MB"):
        f.draft_in_review(team, Writing(**{**vars(writing), "platform": "bluesky"}))
