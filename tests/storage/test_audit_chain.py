"""Promise R11: whoever rewrites the record is found out, and the row is named – on both databases, and in exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.cli import main
from data.storage import events as chain
from data.storage.store import Store
from data.storage.tables import events

COUNT = 5


@pytest.fixture
def written(store: Store) -> Store:
    """Five events, and nothing that keeps anybody from changing them: whoever owns the database can go that far."""
    with store.write() as tx:
        for n in range(1, COUNT + 1):
            chain.append(
                tx, chain.Actor(None, "ana"), "signed_approve", "draft", n, before="in_review", after="scheduled",
                why=f"reason {n}", content_hash=f"{n}" * 64, detail={"n": n},
            )  # fmt: skip
        if store.is_postgres:
            tx.conn.execute(text("ALTER TABLE events DISABLE TRIGGER events_append_only"))
        else:
            for deed in ("update", "delete"):
                tx.conn.execute(text(f"DROP TRIGGER events_no_{deed}"))
    return store


def tamper(store: Store, *statements: str) -> int | None:
    """Change the record; the number of the row that the walk names, or None."""
    with store.write() as tx:
        for statement in statements:
            tx.conn.execute(text(statement))
    _, broken = chain.verify(store)
    return broken.event_id if broken is not None else None


@pytest.mark.parametrize(
    "change",
    [
        "at = '2020-01-01 00:00:00'",
        "actor = 'ben'",
        "kind = 'signed_reject'",
        "subject = 'hold'",
        "subject_id = 99",
        "before = 'writing'",
        "after = NULL",
        "why = 'reason 3.'",
        "content_hash = NULL",
        "detail = '{\"n\": 4}'",
    ],
)
def test_one_flipped_field_is_found(written: Store, change: str) -> None:
    assert tamper(written, f"UPDATE events SET {change} WHERE id = 3") == 3


def test_a_hash_made_to_fit_breaks_the_next_row(written: Store) -> None:
    with written.read() as tx:
        row = tx.row(select(events).where(events.c.id == 3))
    assert row is not None
    fitting = chain.chained(row["previous_hash"], {**row, "why": "another"})
    assert tamper(written, f"UPDATE events SET why = 'another', hash = '{fitting}' WHERE id = 3") == 4


@pytest.mark.parametrize(("row", "named"), [(1, 2), (3, 4)])
def test_a_deleted_row_is_found_by_the_one_after_it(written: Store, row: int, named: int) -> None:
    assert tamper(written, f"DELETE FROM events WHERE id = {row}") == named


def test_two_rows_in_another_order_are_found(written: Store) -> None:
    swap = (
        "UPDATE events SET id = 1000 WHERE id = 2",
        "UPDATE events SET id = 2 WHERE id = 3",
        "UPDATE events SET id = 3 WHERE id = 1000",
    )
    assert tamper(written, *swap) == 2


def test_a_row_put_in_between_is_found(written: Store) -> None:
    # With the right hash for its own place, and linked to the next: then that one's own hash no longer fits.
    shift = "UPDATE events SET id = id + 10 WHERE id > 2"
    with written.read() as tx:
        before = tx.row(select(events).where(events.c.id == 2))
    assert before is not None
    forged = {**before, "why": "he said yes"}
    digest = chain.chained(before["hash"], forged)
    link = f"UPDATE events SET previous_hash = '{digest}' WHERE id = 13"
    insert = (
        "INSERT INTO events (id, at, actor_id, actor, kind, subject, subject_id, before, after, why, content_hash, "
        "detail, previous_hash, hash) SELECT 3, at, actor_id, actor, kind, subject, subject_id, before, after, "
        f"'he said yes', content_hash, detail, hash, '{digest}' FROM events WHERE id = 2"
    )
    assert tamper(written, shift, link, insert) == 13


def test_a_cut_off_end_and_a_rewritten_chain_show_against_a_head_that_was_kept(written: Store) -> None:
    kept = chain.head(written)
    assert chain.missing_head(written, *kept) is None
    assert tamper(written, f"DELETE FROM events WHERE id = {COUNT}") is None  # by itself the shorter chain is valid
    cut = chain.missing_head(written, *kept)
    assert cut is not None
    assert (cut.event_id, "cut off" in cut.why) == (COUNT, True)
    with written.write() as tx:
        chain.append(tx, chain.THE_PRODUCT, "something_else", "draft", 1)
        tx.conn.execute(text(f"UPDATE events SET id = {COUNT} WHERE id > {COUNT}"))
    assert chain.verify(written)[1] is None
    rewritten = chain.missing_head(written, *kept)
    assert rewritten is not None
    assert rewritten.event_id == COUNT


def test_what_is_written_later_leaves_an_earlier_head_in_place(written: Store) -> None:
    kept = chain.head(written)
    with written.write() as tx:
        chain.append(tx, chain.THE_PRODUCT, "brand_added", "brand", 1)
    assert chain.missing_head(written, *kept) is None


# --- the same from a terminal ------------------------------------------------------------------------------------


@pytest.fixture
def at_home(written: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TACT_DATABASE_URL", written.engine.url.render_as_string(hide_password=False))
    return written


def test_an_export_proves_itself_and_what_came_of_the_database(at_home: Store, tmp_path: Path, capsys) -> None:
    kept = tmp_path / "kept.jsonl"
    assert main(["audit", "export", str(kept)]) == 0
    assert main(["audit", "export", str(kept)]) == 2  # never over another one
    assert main(["audit", "verify", "--file", str(kept)]) == 0
    assert main(["audit", "verify", "--against", str(kept)]) == 0
    capsys.readouterr()
    tamper(at_home, f"DELETE FROM events WHERE id = {COUNT}")
    assert main(["audit", "verify"]) == 0
    assert main(["audit", "verify", "--against", str(kept)]) == 1
    assert f"event {COUNT}" in capsys.readouterr().out


def test_a_head_noted_on_paper_is_enough(at_home: Store, capsys) -> None:
    assert main(["audit", "head"]) == 0
    noted = capsys.readouterr().out.strip()
    assert main(["audit", "verify", "--head", noted]) == 0
    tamper(at_home, f"DELETE FROM events WHERE id = {COUNT}")
    assert main(["audit", "verify", "--head", noted]) == 1
    assert main(["audit", "verify", "--head", "5 short"]) == 2


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda lines: [*lines[:2], lines[2].replace("reason 3", "reason 9"), *lines[3:]], 1, "event 3"),
        (lambda lines: [*lines[:1], *lines[2:]], 1, "event 3"),
        (lambda lines: [*lines[:-2], lines[-1]], 1, f"event {COUNT}"),
        (lambda lines: lines[:-1], 2, "not a whole export"),
        (lambda lines: [*lines[:-1], '{"head": 7}'], 2, "not a whole export"),
        (lambda lines: ["{}", *lines], 2, "not an export"),
        (lambda lines: ["<html>", *lines], 2, "not an export"),
    ],
)
def test_an_export_that_was_touched_is_found(at_home: Store, tmp_path: Path, capsys, change, status, said) -> None:
    kept = tmp_path / "kept.jsonl"
    main(["audit", "export", str(kept)])
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["head"]["rows"] == COUNT
    kept.write_text("\n".join(change(lines)), encoding="utf-8")
    capsys.readouterr()
    assert main(["audit", "verify", "--file", str(kept)]) == status
    told = capsys.readouterr()
    assert said in told.out + told.err
