"""The figures of `bench.quality_scoring` against numbers worked out by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import metrics, scoring_speed
from bench.labelled import held_rows, trained_on, unseen
from bench.metrics import Line, Rated
from bench.quality_scoring import built
from bench.rivals import Keywords
from data.errors import BadInput
from scoring.contract import Tragedy
from scoring.training.texts import SETS, fingerprint, is_held, sha_of

CLEAR, REVIEW, HOLD = Tragedy.CLEAR, Tragedy.REVIEW, Tragedy.HOLD


def rated(*given: tuple[str, Tragedy, float]) -> list[Rated]:
    return [Rated(Line(f"text {n}", label, "part"), said, level) for n, (label, said, level) in enumerate(given)]


SIX = rated(
    ("hold", HOLD, 0.95),
    ("hold", REVIEW, 0.5),
    ("hold", CLEAR, 0.3),
    ("clear", CLEAR, 0.1),
    ("clear", HOLD, 0.8),
    ("sensitive", REVIEW, 0.6),
)


def test_what_is_found_and_what_is_stopped_in_vain() -> None:
    assert metrics.found(SIX).value == pytest.approx(2 / 3)
    assert (metrics.stopped(SIX).value, metrics.held(SIX).value) == (0.5, 0.5)
    table = metrics.confusion(SIX)
    assert (table["hold", HOLD], table["hold", REVIEW], table["clear", HOLD], table["clear", REVIEW]) == (1, 1, 1, 0)


def test_an_interval_holds_the_share_and_narrows_with_more_answers() -> None:
    few, many = metrics.share([True, False] * 10), metrics.share([True, False] * 500)
    assert few.low < 0.5 < few.high
    assert few.high - few.low == pytest.approx(0.43, abs=0.05)  # 2 × 1.96 × √(0.25 / 20)
    assert many.high - many.low == pytest.approx(0.062, abs=0.01)
    assert str(metrics.share([])) == "none to count"


@pytest.mark.parametrize(
    ("allowed", "wanted"),
    [(0.0, 1 / 3), (0.25, 2 / 3), (0.5, 1.0), (1.0, 1.0)],
)
def test_what_is_found_where_a_share_of_the_clear_may_be_stopped(allowed: float, wanted: float) -> None:
    dark = [("hold", HOLD, level) for level in (0.95, 0.6, 0.5)]
    calm = [("clear", CLEAR, level) for level in (0.9, 0.5, 0.2, 0.1)]
    assert metrics.found_at(rated(*dark, *calm), allowed) == pytest.approx(wanted)


def test_texts_of_one_probability_fall_on_one_side_of_the_cut() -> None:
    """A list of words says 1 or 0: it cannot stop two in a hundred when it stops ten of them."""
    words = rated(("hold", HOLD, 1.0), ("clear", HOLD, 1.0), ("clear", CLEAR, 0.0))
    assert metrics.found_at(words, 0.02) == 0.0
    assert metrics.found_at(words, 0.5) == 1.0


def test_the_reliability_table_and_its_error() -> None:
    bins = metrics.calibration([0.05, 0.15, 0.1, 0.3, 1.0, 0.92], [False, True, False, True, True, False])
    assert [one.number for one in bins] == [1, 2, 0, 1, 0, 0, 0, 0, 0, 2]
    assert (bins[9].said, bins[9].true) == (pytest.approx(0.96), 0.5)
    # 1 × 0.05, 2 × |0.125 − 0.5|, 1 × 0.7 and 2 × |0.96 − 0.5|, over six texts
    assert metrics.calibration_error(bins) == pytest.approx((0.05 + 0.75 + 0.7 + 0.92) / 6)


def test_macro_recall_weighs_each_feeling_alike() -> None:
    pairs = (
        [("negative", "negative")] * 9 + [("negative", "neutral")] + [("positive", "neutral"), ("neutral", "neutral")]
    )
    mean, each = metrics.macro_recall(pairs, ("negative", "neutral", "positive"))
    assert each == {"negative": 0.9, "neutral": 1.0, "positive": 0.0}
    assert mean.value == pytest.approx(1.9 / 3)
    assert mean.low <= mean.value <= mean.high


def test_the_guides_words_stop_by_the_word_alone() -> None:
    said = [
        one.label for one in Keywords().judge(["Crash test for toasters", "Two earthquakes", "She is gone", "attacked"])
    ]
    assert said == [HOLD, HOLD, CLEAR, CLEAR]


def test_a_copy_is_known_by_what_is_left_of_it() -> None:
    one = fingerprint("RT @user: Fire &amp; rain... in Porto http://t.co/x1")
    assert one == fingerprint("rt fire & rain in PORTO https://t.co/y2")
    assert one != fingerprint("Fire and rain in Oporto")
    assert fingerprint(r"It\u2019s late\u002c go home") == fingerprint("It’s late, go home")


def test_held_rows_are_the_tenth_by_hash_without_copies_of_what_is_trained_on(tmp_path: Path) -> None:
    texts = [f"Report number {n} from the harbour" for n in range(60)]
    kept, taught = ([text for text in texts if is_held(sha_of(text)) is held] for held in (True, False))
    assert kept, "sixty texts and none in the held tenth: write others"
    copied = next(text for n in range(999) if is_held(sha_of(text := f"{taught[0]}{'!' * n}")))
    for group, name in SETS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        mine = {"disasters": [*texts, copied], "tweeteval": [taught[0].upper(), "Nobody has read this"]}.get(group, [])
        path.write_text("text,label\n" + "".join(f"{text},Relevant\n" for text in mine), encoding="utf-8")
    trained_on.cache_clear()
    assert [row.text for row in held_rows("disasters", tmp_path)] == kept
    assert [row.text for row in unseen("tweeteval", tmp_path)] == ["Nobody has read this"]


def test_a_judge_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert built("words").name == built("scoring.lexicon:LexiconScorer").name
    for name in ("nothing", "scoring.nowhere:Judge", "scoring.lexicon:Nobody"):
        with pytest.raises(BadInput, match="There is no judge called"):
            built(name)


ECHO = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"


def test_a_command_is_timed_from_its_first_answer_on() -> None:
    taken = scoring_speed.command([f"text {n}" for n in range(40)], (sys.executable, "-c", ECHO))
    assert taken.first > 0
    assert taken.speed > 0
    if Path("/proc/self/status").is_file():
        assert taken.peak is not None
        assert 1 < taken.peak < 200


def test_a_program_that_tells_no_speed_is_named() -> None:
    told = "print('warming up')\nprint('{\"texts\": 2, \"texts_per_second\": 12.5}')"
    assert scoring_speed.told_speed((sys.executable, "-c", told), ["one", "two"]) == 12.5
    with pytest.raises(scoring_speed.Failed, match=r"told no speed.* no such thing"):
        scoring_speed.told_speed((sys.executable, "-c", "raise SystemExit('no such thing')"), ["one"])
    with pytest.raises(scoring_speed.Failed, match="is it a Python"):
        scoring_speed.told_speed(("/nowhere/python",), ["one"])
    with pytest.raises(scoring_speed.Failed, match="stopped before it had answered"):
        scoring_speed.command(["one"], (sys.executable, "-c", "pass"))
