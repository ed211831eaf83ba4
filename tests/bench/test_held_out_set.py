"""Our held-out set is what it says: valid, of the kinds promised, and in no spelling among what is trained on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.labelled import own_lines, own_topics
from bench.quality_scoring import main
from data.errors import BadInput
from scoring.training.texts import fingerprint
from scoring.training.texts import own_lines as lines_trained_on


def test_every_line_is_labelled_and_stands_once() -> None:
    lines = own_lines()
    labels = Counter(line.label for line in lines)
    assert len(lines) >= 700
    assert (labels["hold"] >= 280, labels["clear"] >= 320, labels["sensitive"] >= 120) == (True, True, True)
    texts = [line.text for line in lines] + [text for topic in own_topics() for text in topic.items]
    assert [text for text, number in Counter(map(fingerprint, texts)).items() if number > 1] == []


def test_a_file_holds_what_its_name_says() -> None:
    for line in own_lines():
        assert line.part.startswith(line.label)


def test_topics_are_ten_items_each_half_of_them_tragic() -> None:
    topics = own_topics()
    assert (len(topics), sum(topic.tragic for topic in topics)) == (60, 30)
    assert {len(topic.items) for topic in topics} == {10}
    assert len({topic.name for topic in topics}) == 60


def test_no_line_is_trained_on() -> None:
    taught = {fingerprint(example.text) for example in lines_trained_on()}
    mine = [line.text for line in own_lines()] + [text for topic in own_topics() for text in topic.items]
    assert (
        sum(fingerprint(text) in taught for text in mine) == 0
    )  # told by number, so that neither side reads the other


@pytest.mark.parametrize("line", ["dark\tfire\theadline\tA fire", "hold\tfire\tA fire", "hold\tfire\ttweet\t ", "hold"])
def test_a_line_that_is_not_four_parts_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "some.tsv").write_text(f"clear\tlife\ttweet\tGood morning\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"some\.tsv, line 2"):
        own_lines(tmp_path)


def test_without_the_given_sets_our_own_is_measured_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--scorer", "words"]) == 0
    told = capsys.readouterr().out
    assert "Our held-out set" in told
    assert "Topics of ten items: 30 tragic, 30 not" in told
    assert "The given sets are left out" in told
