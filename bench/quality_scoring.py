"""Measures the judge on texts that it was not made from: `python -m bench.quality_scoring DATASETS`.

Prints, for our own held-out set and for the held tenth of the given sets, what docs/quality.md tells: confusion, tragic
texts found, clear ones stopped, calibration, by file, kind and form, topics, sentiment – and beside each what simpler
methods reach in the same run. DATASETS is the folder with `tragedy/` and `sentiment/`; the sets are no part of the
project, and what needs them is left out, with a sentence, where they are not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from bench import metrics
from bench.labelled import SAID, Topic, own_lines, own_topics, read_by_others, read_by_us, unseen
from bench.metrics import Line, Rated, Share
from bench.rivals import (
    Keywords,
    Missing,
    Rival,
    Shipped,
    feelings_by_vader,
    feelings_by_words,
    on_given_labels,
    on_our_data,
)
from data.errors import BadInput, TactError
from scoring.breaking import is_mass_harm
from scoring.contract import BrandProfile, Moment, TextScorer, Tragedy, TragedyVerdict, Use
from scoring.judge import judge_moment
from scoring.lexicon import LexiconScorer
from scoring.safety import score_safely
from scoring.training.labels import SENTIMENTS
from scoring.training.texts import rows

SHIPPED, WORDS = "shipped", "words"
"""Judges that can be asked for by name: the one that the settings name, and the lists of words alone."""
WARM_UP = "Wakes the judge before the clock starts"
ENOUGH = 2
"""A topic of ten items is stopped by a plain count when so many of them are: the guide's ten uses, our fifth."""
AT = datetime(2026, 3, 18, 12, tzinfo=UTC)
"""An instant on no day of remembrance. No brand's region or language enters either."""
FEW = 8
"""Kinds with fewer texts are not told apart: one text would be twelve points."""
SOFT = {"11": "sports", "10": "comedy", "8": "food", "2": "entertainment"}


def main(arguments: Sequence[str]) -> int:
    """Every measurement that can be made here. Exit status 2, with a sentence, when what is asked for cannot be."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality_scoring", description=__doc__.split("\n\n")[0])
    parser.add_argument("datasets", type=Path, help="the folder with tragedy/ and sentiment/")
    parser.add_argument(
        "--scorer",
        default=SHIPPED,
        help="shipped, words, or module:name of what makes the judge (default: %(default)s)",
    )
    parser.add_argument("--mistakes", action="store_true", help="list the mistakes instead; nobody may tune by them")
    args = parser.parse_args(arguments)
    try:
        scorer = built(args.scorer)
        mistakes(scorer) if args.mistakes else report(scorer, args.datasets)
    except TactError as error:
        print(error.message, file=sys.stderr)
        return 2
    return 0


def built(name: str) -> TextScorer:
    """A judge by its name, or what `module:name` makes. BadInput when there is none."""
    if name == SHIPPED:
        from app import settings  # the whole house comes with it, which the lists of words do not need
        from app.judges import scorer_for

        return scorer_for(settings.load())
    if name == WORDS:
        return LexiconScorer()
    module, _, maker = name.partition(":")
    try:
        scorer: TextScorer = getattr(import_module(module), maker)()
    except (ImportError, AttributeError, ValueError) as error:
        sentence = f"There is no judge called {name}: say {SHIPPED}, {WORDS}, or module:name of what makes one."
        raise BadInput(sentence, cause=str(error)) from error
    return scorer


def report(scorer: TextScorer, datasets: Path) -> None:
    """Print everything about one judge, with the simpler methods beside it."""
    shipped, there = Shipped(scorer), (datasets / "tragedy").is_dir()
    rivals = _rivals(shipped, datasets, there=there)
    _speed(shipped)
    lines = own_lines()
    _texts("Our held-out set", lines, rivals, by=("part", "form", "kind"))
    _topics(own_topics(), rivals, scorer)
    if not there:
        print(f"\nThe given sets are left out: no tragedy/ in {datasets}. Say where they are with DATASETS=folder.")
        return
    _texts("The given sets' held rows, as we read them", read_by_us(datasets), rivals, by=("part", "form"))
    for group in SAID:
        _texts(f"Held rows of {group} by the set's own labels", read_by_others(group, datasets), rivals)
    _soft_sections(datasets)
    _sentiment(scorer, datasets)


def _rivals(shipped: Shipped, datasets: Path, *, there: bool) -> list[Rival]:
    rivals: list[Rival] = [shipped]
    if shipped.name != LexiconScorer.name:
        rivals.append(Shipped(LexiconScorer()))
    rivals.append(Keywords())
    for make in (on_given_labels, on_our_data) if there else ():
        try:
            rivals.append(make(datasets))
        except Missing as error:
            print(error.message)
            break
    return rivals


def _speed(shipped: Shipped) -> None:
    texts = [line.text for line in own_lines()]
    shipped.judge([WARM_UP])
    began = time.perf_counter()
    shipped.judge(texts)
    speed = len(texts) / (time.perf_counter() - began)
    print(f"judge {shipped.name}: {speed:,.0f} texts a second, read for the first time")


def _texts(title: str, lines: Sequence[Line], rivals: Sequence[Rival], by: Sequence[str] = ()) -> None:
    counts = ", ".join(f"{sum(line.label == label for line in lines)} {label}" for label in metrics.LABELS)
    print(f"\n== {title}: {len(lines)} texts ({counts})")
    if not lines:
        print("   Nothing to measure on.")
        return
    texts = [line.text for line in lines]
    everybody = [(rival.name, metrics.rate(lines, rival.judge(texts))) for rival in rivals]
    ours = everybody[0][1]
    _confusion(ours)
    print(f"   {'by judge':22} {'tragic found':32} {'clear stopped':32} clear held")
    for name, rated in everybody:
        print(f"   {name:22} {metrics.found(rated)!s:32} {metrics.stopped(rated)!s:32} {metrics.held(rated)}")
    print("   tragic found where 8 % of the clear are stopped, and where 2 % are")
    for name, rated in everybody:
        print(f"   {name:22} {metrics.found_at(rated, 0.08):6.1%} {metrics.found_at(rated, 0.02):6.1%}")
    _calibration(ours, in_full=bool(by))
    for what in by:
        _by(what, ours)


def _confusion(rated: Sequence[Rated]) -> None:
    table = metrics.confusion(rated)
    print("   read by people as     clear   review     hold   given by the judge")
    for label in metrics.LABELS:
        own = [table[label, said] for said in Tragedy]
        if sum(own):
            split = "  ".join(f"{number / sum(own):.1%}" for number in own)
            print(f"   {label:18} {own[0]:8} {own[1]:8} {own[2]:8}   ({split})")


def _calibration(rated: Sequence[Rated], *, in_full: bool) -> None:
    plain = [one for one in rated if one.line.label != "sensitive"]
    bins = metrics.calibration([one.probability for one in plain], [one.line.label == "hold" for one in plain])
    if in_full:
        print("   probability           texts   said    tragic   (hold against clear)")
    for number, one in enumerate(bins):
        if in_full and one.number:
            print(
                f"   {number / 10:.1f} to {number / 10 + 0.1:.1f}        {one.number:8} {one.said:6.2f} {one.true:8.2f}"
            )
    every = metrics.calibration([one.probability for one in rated], [one.line.label != "clear" for one in rated])
    error, wider = metrics.calibration_error(bins), metrics.calibration_error(every)
    print(f"   expected calibration error {error:.3f}; with sensitive counted as true {wider:.3f}")


def _by(what: str, rated: Sequence[Rated]) -> None:
    print(f"   by {what}")
    for name in sorted({str(getattr(one.line, what)) for one in rated}):
        own = [one for one in rated if getattr(one.line, what) == name]
        told = [f"{title} {value}" for title, value in _sides(own) if value.number >= FEW]
        if told:
            print(f"   {name:14} {'   '.join(told)}")


def _sides(rated: Sequence[Rated]) -> list[tuple[str, Share]]:
    unsure = metrics.share([one.stopped for one in rated if one.line.label == "sensitive"])
    return [
        ("found", metrics.found(rated)),
        ("clear stopped", metrics.stopped(rated)),
        ("clear held", metrics.held(rated)),
        ("sensitive stopped", unsure),
    ]


def _topics(topics: Sequence[Topic], rivals: Sequence[Rival], scorer: TextScorer) -> None:
    dark = sum(topic.tragic for topic in topics)
    print(f"\n== Topics of ten items: {dark} tragic, {len(topics) - dark} not")
    print(f"   {'by judge':38} {'stopped of the tragic':32} {'stopped of the others':32} held of the others")
    told = [judged(scorer, topic) for topic in topics]
    verdicts = [verdict.label for verdict in told]
    _topic_line(f"{scorer.name}, as in the product", topics, verdicts)
    for rival in rivals:
        counted = [_counted(rival, topic) for topic in topics]
        _topic_line(f"{rival.name}, by count", topics, counted)
    codes = Counter(
        code
        for topic, verdict in zip(topics, told, strict=True)
        if not topic.tragic and verdict.label is not Tragedy.CLEAR
        for code in {reason.code for reason in verdict.reasons}
    )
    print(f"   what stopped the others: {', '.join(f'{code} {n}' for code, n in codes.most_common()) or 'nothing did'}")


def judged(scorer: TextScorer, topic: Topic) -> TragedyVerdict:
    """What the product says of a topic, by everything it knows of ten items and nothing besides."""
    uses = tuple(Use(text, AT - timedelta(minutes=n), topic=topic.name) for n, text in enumerate(topic.items))
    moment = Moment(topic.name, uses, count=len(uses), authors=len(uses))
    return judge_moment(scorer, moment, BrandProfile(name="Bench"), AT).tragedy


def _counted(rival: Rival, topic: Topic) -> Tragedy:
    said = [verdict.label for verdict in rival.judge(topic.items)]
    if sum(label is not Tragedy.CLEAR for label in said) < ENOUGH:
        return Tragedy.CLEAR
    return Tragedy.HOLD if 2 * sum(label is Tragedy.HOLD for label in said) >= len(said) else Tragedy.REVIEW


def mistakes(scorer: TextScorer) -> None:
    """List what the judge gets wrong in our held-out set; a judge changed by this list has no held-out set left."""
    lines = own_lines()
    for one in metrics.rate(lines, Shipped(scorer).judge([line.text for line in lines])):
        if (one.line.label == "hold" and not one.stopped) or (one.line.label == "clear" and one.stopped):
            print(f"{one.line.label} {one.said} {one.probability:.2f} {one.line.part} {one.line.kind}: {one.line.text}")
    for topic in own_topics():
        said = judged(scorer, topic).label
        if topic.tragic == (said is Tragedy.CLEAR):
            print(f"topic {topic.name}: {'tragic' if topic.tragic else 'harmless'}, {said}")


def _topic_line(name: str, topics: Sequence[Topic], said: Sequence[Tragedy]) -> None:
    pairs = list(zip(topics, said, strict=True))
    found = metrics.share([label is not Tragedy.CLEAR for topic, label in pairs if topic.tragic])
    false = metrics.share([label is not Tragedy.CLEAR for topic, label in pairs if not topic.tragic])
    held = metrics.share([label is Tragedy.HOLD for topic, label in pairs if not topic.tragic])
    print(f"   {name:38} {found!s:32} {false!s:32} {held}")


def _soft_sections(datasets: Path) -> None:
    """All rows, trained on or not: what would open a hold on the schedule by itself, which no model decides."""
    print("\n== Headlines of soft sections that would stop the schedule by themselves")
    texts = [(row.said, row.text) for row in rows("sections", datasets) if row.said in SOFT]
    for section, name in SOFT.items():
        print(f"   {name:14} {metrics.share([is_mass_harm(text) for said, text in texts if said == section])}")


def _sentiment(scorer: TextScorer, datasets: Path) -> None:
    def ask(judge: TextScorer) -> Callable[[Sequence[str]], list[str]]:
        return lambda texts: [verdict.sentiment.label for verdict in score_safely(judge, texts)]

    asked, fresh = list(rows("tweeteval", datasets)), {row.number for row in unseen("tweeteval", datasets)}
    print(f"\n== Sentiment: TweetEval validation, {len(asked)} texts, {len(fresh)} of them in no spelling in SemEval's")
    print(f"   {'by judge':23} {'macro-averaged recall':32} negative  neutral  positive   those {len(fresh)} alone")
    makers: list[tuple[str, Callable[[], Callable[[Sequence[str]], list[str]]]]] = [
        (scorer.name, lambda: ask(scorer)),
        (f"{LexiconScorer.name} (words)", lambda: ask(LexiconScorer())),
        ("VADER", feelings_by_vader),
        ("TF-IDF on SemEval", lambda: feelings_by_words(datasets)),
    ]
    for name, make in makers[scorer.name == LexiconScorer.name :]:
        try:
            said = make()([row.text for row in asked])
        except Missing as error:
            print(f"   {error.message}")
            continue
        pairs = [(row.said, word) for row, word in zip(asked, said, strict=True)]
        mean, each = metrics.macro_recall(pairs, SENTIMENTS)
        alone, _ = metrics.macro_recall([pairs[number] for number in sorted(fresh)], SENTIMENTS)
        print(f"   {name:23} {mean!s:32} " + "  ".join(f"{each[label]:7.3f}" for label in SENTIMENTS) + f"   {alone}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
