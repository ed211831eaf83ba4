"""What the model learns from: our labels belong to the very rows that were read, and nothing held back is learnt."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from data.errors import BadInput
from scoring.training import texts
from scoring.training.augment import noisy
from scoring.training.labels import TRAGEDIES

HEADER = {
    "sections": "section,text",
    "headlines": "source,text",
    "semeval": "label,text,file",
    "tweeteval": "label,text",
}


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """The six files, with a line or two each that stand in no real set."""
    lines = {
        "headlines": ["abc,Quiet morning at the weir"],
        "sections": ["10,a clown forgets his shoes"],
        "disasters": [",The old mill is on fire,Relevant,1", ",this sale is fire,Not Relevant,0.9"],
        "two_events": ["a_storm,our roof is gone,on-topic"],
        "semeval": [
            "positive,Lovely pier today\\u002c thanks,x.tsv",
            "negative,@me Rained OFF again http://t.co/1,x.tsv",
        ],
        "tweeteval": ["negative,rained off again"],
    }
    for group, path in texts.SETS.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        header = HEADER.get(group, "keyword,text,label,confidence" if group == "disasters" else "event,text,label")
        file.write_text("\n".join([header, *lines[group]]) + "\n", encoding="utf-8")
    return tmp_path


def labels_of(folder: Path, group: str, *rows: tuple[int, str, str]) -> Path:
    path = folder / "rows_read" / f"{group}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("row", "sha", "label"), *rows])
    (folder / "lines").mkdir(exist_ok=True)
    return path


def test_a_row_that_was_read_counts_by_our_label_and_others_by_what_their_set_is_worth(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "HERE", tmp_path)
    sha = texts.sha_of("The old mill is on fire")
    labels_of(tmp_path, "disasters", (0, sha, "hold"))
    found = {one.text: one for one in texts.examples(datasets)}
    read, unread = found["The old mill is on fire"], found["this sale is fire"]
    assert (max(range(3), key=(read.tragedy or ()).__getitem__), read.weight) == (2, 1.0)
    assert unread.weight < 1
    assert unread.tragedy == texts.TRUST["disasters", "Not Relevant"][0]
    assert "our roof is gone" not in found  # nobody read it, and its set's label says too little


def test_a_file_that_changed_since_it_was_read_is_noticed(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "HERE", tmp_path)
    labels_of(tmp_path, "headlines", (0, texts.sha_of("Another morning"), "clear"))
    with pytest.raises(BadInput, match="is not the text that was labelled"):
        texts.examples(datasets)


def test_what_is_measured_on_is_not_learnt_in_any_spelling(
    datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "HERE", tmp_path)
    labels_of(tmp_path, "headlines")
    learnt = [one.text for one in texts.examples(datasets) if one.source == "semeval"]
    assert learnt == ["Lovely pier today, thanks"]


def test_our_own_lines_are_all_readable_and_none_stands_twice() -> None:
    lines = list(texts.own_lines())
    assert len(lines) > 8_000
    marks = Counter(texts.fingerprint(line.text) for line in lines if texts.fingerprint(line.text))
    assert [mark for mark, times in marks.items() if times > 2] == []


def test_a_label_of_ours_is_one_that_the_network_knows() -> None:
    for path in sorted((texts.HERE / "rows_read").glob("*.csv")):
        said = Counter(label for _, label in texts.our_labels(path.stem).values())
        assert set(said) <= {*TRAGEDIES, "unreadable"}, path.name
        assert sum(said.values()) > 3_000


def test_what_people_said_is_learnt_by_their_word(tmp_path: Path) -> None:
    rows = [
        {"about": "text", "text": "we lost grandpa", "aspect": "tragedy", "machine": "clear", "person": "hold"},
        {"about": "text", "text": "a close call", "aspect": "tragedy", "machine": "clear", "person": "review"},
        {"about": "text", "text": "fine tea", "aspect": "sentiment", "machine": "neutral", "person": "positive"},
        {"about": "moment", "text": "#tea", "aspect": "tragedy", "machine": "hold", "person": "clear"},
        {"about": "moment", "text": "", "aspect": "category", "machine": "complaint", "person": "viral_ugc"},
    ]
    path = tmp_path / "said.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second, third = texts.corrections(path)
    assert [max(range(3), key=(one.tragedy or ()).__getitem__) for one in (first, second)] == [2, 1]
    assert (third.tragedy, third.sentiment) == (None, 2)
    path.write_text('{"about": "text", "aspect": "tragedy", "text": "x", "person": "maybe"}\n')
    with pytest.raises(BadInput, match="line 1"):
        list(texts.corrections(path))


def test_noise_keeps_most_of_the_words() -> None:
    dice = random.Random(3)
    text = "ferry sinks off the northern coast with forty people on board near the old harbour"
    changed = [said for said in (noisy(text, dice) for _ in range(200)) if said != text]
    assert 60 < len(changed) < 140
    for said in changed:
        kept = [word for word in text.split() if word in said.lower()]
        assert len(kept) >= 9, said
