"""The command line that tests and operators rely on: what goes in, what comes out, and no traceback ever."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlite_utils import Database

from app.cli import main
from app.recording import record
from app.sqlite_file import new_file
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.events import THE_PRODUCT, append
from tests.factory import add_alert, add_item, add_source, scheduled_draft, team_in

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "tact.db"
    monkeypatch.setenv("TACT_DATABASE_URL", f"sqlite:///{path}")
    return path


def hours_of_fifty(last: int) -> str:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [f"{start + timedelta(hours=n):%Y-%m-%d %H:%M:%S},50\n" for n in range(30 * 24)]
    return "".join(rows) + f"{start + timedelta(days=30):%Y-%m-%d %H:%M:%S},{last}\n"


@pytest.mark.parametrize(("last", "alerts"), [(149, 0), (150, 1)])
def test_detect_in_a_process_of_its_own(last: int, alerts: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "detect"], input=hours_of_fifty(last), capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    header, *rows = [line.split(",") for line in done.stdout.splitlines()]
    assert header == ["timestamp", "value", "baseline", "ratio", "score", "alert"]
    assert len(rows) == 30 * 24 + 1
    assert [row[5] for row in rows].count("1") == alerts
    assert all((float(row[4]) >= 0.5) == (row[5] == "1") for row in rows)


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "hello,world\nfoo,bar\n",
        "2026-01-01 00:00:00,5\n2026-01-01 01:00:00,-3\n",
        "2026-01-01 00:00:00,5\n2026-01-01 01:00:00,nan\n",
        "2026-01-01 00:00:00\n",
        "2026-01-01 00:00:00,5\n2026-01-01 01:00:00,6\n2026-01-01 07:00:00,6\n2026-01-01 07:30:00,1\n",
        "\x00\x01\x02",
        "2026-01-01 00:00:00,1\n9000-01-01 00:00:00,1\n",
        "9999-12-31 22:00:00,1\n9999-12-31 23:00:00,1\n",
        "0001-01-01 00:00:00,1\n0001-01-01 00:01:00,1\n",
    ],
)
def test_detect_answers_garbage_with_a_sentence_and_status_2(rows: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(rows))
    assert main(["detect"]) == 2
    said = capsys.readouterr()
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_score_answers_in_order_and_explains_itself(monkeypatch, capsys) -> None:
    texts = ["Gunman kills nine at a shopping centre, police say", "I love this tea so much", ""]
    lines = "".join(json.dumps({"id": n, "text": one}) + "\n" for n, one in enumerate(texts))
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert main(["score"]) == 0
    dark, kind, empty = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [dark["id"], kind["id"], empty["id"]] == [0, 1, 2]
    assert dark["tragedy"]["label"] == "hold"
    assert dark["tragedy"]["reasons"]
    assert kind["sentiment"]["label"] == "positive"
    assert kind["tragedy"]["label"] == "clear"
    assert set(empty["sentiment"]) == {"label", "negative", "neutral", "positive"}


@pytest.mark.parametrize(
    "line", ["not json", '{"id": 1}', "[1, 2]", '{"id": 1, "text": 5}', "[" * 100_000, '{"id": 1e400, "text": "a"}']
)
def test_score_answers_garbage_with_a_sentence_and_status_2(line: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
    assert main(["score"]) == 2
    assert "Line 1" in capsys.readouterr().err


def test_score_gives_back_whatever_identifier_it_was_given(monkeypatch) -> None:
    given = [{"id": "half \ud800", "text": "a quiet day"}, {"id": ["ü", None], "text": "dead \ud800 killed"}]
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(row) + "\n" for row in given)))
    assert main(["score"]) == 0
    lines = out.buffer.getvalue().decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in given]


def test_audit_verifies_and_names_the_first_bad_row(database: Path, capsys) -> None:
    store = open_store(f"sqlite:///{database}")
    scheduled_draft(team_in(store))
    assert main(["audit", "verify"]) == 0
    with store.write() as tx:
        tx.run(text("DROP TRIGGER events_no_update"))
        tx.run(text("UPDATE events SET why = 'changed' WHERE id = 2"))
    store.close()
    capsys.readouterr()
    assert main(["audit", "verify"]) == 1
    assert "event 2" in capsys.readouterr().out


def test_an_operator_adds_people_without_a_browser(database: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    assert main(["user", "add", "Nora", "--role", "legal", "--zone", "Europe/Oslo"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    assert main(["user", "add", "nora", "--role", "legal"]) == 2
    assert "taken" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["user", "add", "olaf", "--role", "legal"]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))
    assert main(["user", "add", "olaf", "--role", "king"]) == 2
    assert "social_lead" in capsys.readouterr().err
    assert main(["user", "list"]) == 0
    assert "nora" in capsys.readouterr().out


def test_an_operator_pulls_the_brake_from_a_terminal(database: Path, capsys) -> None:
    store = open_store(f"sqlite:///{database}")
    draft_id = scheduled_draft(team_in(store))
    assert main(["hold", "open", "--scope", "region:GB", "--note", "Something is wrong"]) == 0
    assert "stopped 1 scheduled post" in capsys.readouterr().out
    assert main(["hold", "list"]) == 0
    told = capsys.readouterr().out
    assert "region GB  1 post " in told
    assert "Two different people have to agree, one of them a manager" in told
    assert main(["hold", "open", "--scope", "planet:Mars"]) == 2
    assert main(["hold", "open", "--scope", "promotional", "--hours", "48"]) == 0
    with store.read() as tx:
        [_, sells] = tx.rows(text("SELECT scope_kind, scope_value FROM holds ORDER BY id"))
    assert (sells["scope_kind"], sells["scope_value"]) == ("promotional", "")
    with store.read() as tx:
        assert tx.value(text(f"SELECT state FROM drafts WHERE id = {draft_id}")) == "held"
    store.close()


def test_export_carries_the_work_out_and_leaves_the_secrets(database: Path, tmp_path: Path, capsys) -> None:
    store = open_store(f"sqlite:///{database}")
    scheduled_draft(team_in(store))
    add_alert(store)
    add_source(store, "Keyed", config={"address": "https://me:hunter2@a.example/feed?key=hidden", "tags": ["a?b"]})
    with store.write() as tx:
        detail = {"after": {"config": {"address": "https://me:hunter2@a.example/feed?key=hidden"}}}
        append(tx, THE_PRODUCT, "source_changed", "source", 1, detail=detail)
    store.close()
    assert main(["export", str(tmp_path / "out.db")]) == 0
    assert (tmp_path / "out.db").stat().st_mode & 0o077 == 0, "for its owner alone"
    assert not [word for word in (b"hunter2", b"hidden") if word in (tmp_path / "out.db").read_bytes()]
    out = Database(tmp_path / "out.db")
    assert '{"address": "https://a.example/feed", "tags": ["a?b"]}' in {row["config"] for row in out["sources"].rows}
    assert out["approvals"].count == 2
    assert "password_hash" not in out["people"].columns_dict
    assert "sign_ins" not in out.table_names()
    out.close()
    assert main(["export", str(tmp_path / "out.db")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_recording_is_replayed_through_the_pipeline(database: Path, tmp_path: Path, capsys) -> None:
    store = open_store(f"sqlite:///{database}")
    team_in(store)
    add_source(store, "News")
    headline = "Explosion at a chemical plant kills eleven workers, dozens missing"
    add_item(store, headline, kind="news", region="GB")
    assert record(store, tmp_path / "day.db", store.now() - timedelta(hours=1)) == 1
    store.close()
    assert main(["replay", str(tmp_path / "day.db")]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in told] == ["hold_opened"]
    assert "tragedy" in told[0]["reasons"]


def scenario(*, news: str, posts: int = 1) -> str:
    rows: list[dict[str, object]] = [
        {"at": "2026-05-01T10:00:00Z", "kind": "brand", "name": "Larkfield", "category": "tea", "keywords": ["tea"],
         "competitors": [], "regions": ["GB"]},
    ]  # fmt: skip
    rows += [
        {"at": "2026-05-01T10:01:00Z", "kind": "post", "id": f"p{n}", "channel": "x", "text": f"Tea number {n}.",
         "reactive": False, "promotional": True, "topic": None, "regions": ["GB"], "media": [], "author": "carla",
         "approvals": ["ana", "bo"], "checklist": "complete", "scheduled_for": "2026-05-01T11:00:00Z"}
        for n in range(posts)
    ]  # fmt: skip
    rows.append({"at": "2026-05-01T10:30:00Z", "kind": "item", "source": "news", "region": "GB", "text": news})
    return "".join(json.dumps(row) + "\n" for row in rows)


def told_of(path: Path, capsys) -> list[tuple[str, object]]:
    assert main(["replay", str(path)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(row["event"], row.get("post")) for row in rows]


def test_replay_publishes_on_a_quiet_day_and_holds_on_a_dark_one(tmp_path: Path, capsys) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text(scenario(news="Garden centre wins prize for its roses", posts=2))
    assert told_of(path, capsys) == [("published", "p0"), ("published", "p1")]
    path.write_text(scenario(news="Bomb explodes in a crowded station, at least twelve people killed", posts=2))
    assert told_of(path, capsys) == [("hold_opened", None), ("held", "p0"), ("held", "p1")]


@pytest.mark.parametrize(
    "content",
    [
        "not json\n",
        "[]\n",
        '{"kind": "item"}\n',
        scenario(news="the first line, the brand, is missing").split("\n", 1)[1],
        '{"at": "yesterday", "kind": "brand"}\n',
    ],
)
def test_replay_answers_garbage_with_a_sentence_and_status_2(content: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    assert main(["replay", str(path)]) == 2
    assert capsys.readouterr().err.strip()


def test_an_unknown_command_and_a_missing_file_are_sentences(capsys) -> None:
    assert main(["dance"]) == 2
    assert main(["replay", "/nowhere/at/all.jsonl"]) == 2
    assert main([]) == 0
    assert "python -m app COMMAND" in capsys.readouterr().out


def test_doctor_says_what_to_do(database: Path, capsys) -> None:
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  people: Nobody has an account" in said
    assert "ok    judge" in said


def test_a_database_address_that_makes_no_sense_is_a_sentence(monkeypatch, capsys) -> None:
    monkeypatch.setenv("TACT_DATABASE_URL", "tact.db")
    assert main(["migrate"]) == 2
    assert "not a database address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://h:abc/x", "not a database address"),
        ("sqlite+foo:///x.db", "not a database address"),
        ("postgresql://nobody@127.0.0.1/x?connect_timeout=soon", "cannot be reached"),
        ("sqlite:////proc/nowhere/x.db", "cannot be made"),
        ("postgresql:///x?host=/nowhere/at/all", "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence(address: str, sentence: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TACT_DATABASE_URL", address)
    assert main(["migrate"]) == 2
    assert sentence in capsys.readouterr().err


def test_an_address_with_a_password_is_not_shown(monkeypatch, capsys) -> None:
    monkeypatch.setenv("TACT_DATABASE_URL", "mysql://tact:opensesame@db.example/tact")
    assert main(["migrate"]) == 2
    said = capsys.readouterr().err
    assert "db.example" in said
    assert "opensesame" not in said


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["export", "/nowhere/at/all/x.db"], "cannot be written"),
        (["record", "/nowhere/at/all/x.db"], "cannot be written"),
        (["record", "x.db", "--hours", "1e12"], "--hours"),
        (["record", "x.db", "--hours", "nan"], "--hours"),
        (["record", "x.db", "--hours", "-3"], "--hours"),
        (["demo", "--speed", "0"], "--speed"),
        (["demo", "--speed", "-1"], "--speed"),
        (["demo", "--speed", "nan"], "--speed"),
        (["demo", "--feed-port", "99999"], "port 99999"),
        (["replay", "/"], "cannot be read"),
    ],
)
def test_a_path_or_number_that_cannot_be_used_is_a_sentence(
    given: list[str], sentence: str, database: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    store = open_store(f"sqlite:///{database}")
    team_in(store)
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TACT_PORT", "28996")
    assert main(given) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize("address", ["no-such-host.invalid", "a" * 300])
def test_an_address_that_is_none_of_ours_is_a_sentence(address: str, database: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TACT_ADDRESS", address)
    assert main(["run"]) == 2
    assert "TACT_ADDRESS" in capsys.readouterr().err


def test_half_an_export_is_not_left_behind(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"), new_file(tmp_path / "out.db") as out:
        out.table("t").insert({"a": 1})
        out.execute("INSERT INTO nowhere VALUES (1)")
    assert not (tmp_path / "out.db").exists()
