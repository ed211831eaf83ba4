"""How a verdict is explained: whose words, how sure, and which of a text's words weighed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.views.evidence import evidence_of, marked
from app.views.moment_uses import read_texts
from app.views.sure import how_sure
from data.storage.store import Store
from monitors.matching import fingerprint
from scoring.contract import Reason, Sentiment, TextVerdict, Tragedy, TragedyVerdict
from tests.conftest import HandClock
from tests.factory import add_item, add_source


@pytest.mark.parametrize(
    ("tragedy", "probability", "words"),
    [
        ("clear", 0.04, "very likely harmless"),
        ("clear", 0.25, "likely harmless"),
        ("clear", 0.39, "unsure whether it is harmless"),
        ("review", 0.5, "unsure whether it is delicate"),
        ("hold", 0.7, "likely a reason to stop"),
        ("hold", 0.97, "very likely a reason to stop"),
    ],
)
def test_how_sure_in_words(tragedy: str, probability: float, words: str) -> None:
    assert how_sure(tragedy, probability).words == words


def test_the_number_is_always_of_harm() -> None:
    assert how_sure("clear", 0.04).number.startswith("4 in 100")
    assert how_sure("hold", 0.97).number.startswith("97 in 100")


@pytest.mark.parametrize(
    ("text", "named", "found"),
    [
        ("Three people KILLED in a car-crash", ("killed", "car crash"), ["KILLED", "car-crash"]),
        ("Shooting stars tonight", ("shoot",), []),
        ("a (b) [c]", ("(b)",), ["b"]),
        ("quiet", ("", "!?"), []),
        ("killed, two killed", ("two killed", "killed"), ["killed", "two killed"]),
    ],
)
def test_the_words_that_a_reason_names_are_marked(text: str, named: tuple[str, ...], found: list[str]) -> None:
    pieces = marked(text, named)
    assert "".join(piece.words for piece in pieces) == text
    assert [piece.words for piece in pieces if piece.marked] == found


class Weighing:
    """A judge that names its words as a trained one does: several, with commas between."""

    name = "weighing-1"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        found = TragedyVerdict(Tragedy.HOLD, 0.95, (Reason("model", "Words.", "pier, collapsed"),))
        return [TextVerdict(Sentiment("negative", 1.0, 0.0, 0.0), found) for _ in texts]


def test_words_that_stand_apart_are_marked_each_and_what_is_cut_off_is_still_read() -> None:
    (read,) = read_texts(Weighing(), ["The pier, they say, has collapsed"], lambda text: text[:20])
    assert [piece.words for piece in read.pieces if piece.marked] == ["pier"]
    assert (read.tragedy, read.sure.words) == ("hold", "very likely a reason to stop")


def test_evidence_comes_with_whose_words_it_is(store: Store, clock: HandClock) -> None:
    add_source(store, "The Evening Paper")
    headline, warning = "Stage collapses, four dead", "Take cover now."
    add_item(store, headline, kind="news", fingerprint=fingerprint(headline), url="javascript:alert(1)")
    until = clock.at + timedelta(hours=3)
    told = {"agency": "Weather Office", "area": "Kent", "expires": until.isoformat()}
    add_item(store, warning, kind="official", fingerprint=fingerprint(warning), extra=told)
    with store.read() as tx:
        reasons = [{"text": "A headline.", "evidence": headline}, {"text": "A warning.", "evidence": warning}]
        news, official, own = evidence_of(tx, [*reasons, {"text": "A date.", "evidence": "11 September"}])
    assert news.origin is not None
    assert (news.origin.source, news.origin.at, news.origin.url) == ("The Evening Paper", clock.at, "")
    assert official.origin is not None
    assert (official.origin.agency, official.origin.area, official.origin.until) == ("Weather Office", "Kent", until)
    assert (own.words, own.origin) == ("11 September", None)
