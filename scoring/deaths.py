"""Whether a person whom a topic or a post names has just died, and which reports say so.

A topic about a dead singer may be nothing but thanks for the music: no word of it is dark, and every joke is wrong.
So the name is looked for in the news and the uses, together with what says that its bearer died. Apart from the
scorer, which reads one text at a time and knows no names.

Pure. The phrases stand in data/reference/deaths.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from data.yaml_files import FileModel, read_model
from scoring.breaking import SAME_REPORT, SAME_SOURCE
from scoring.contract import Use
from scoring.overlap import alike, place_names, subject_of
from scoring.phrases import Found, PhraseBook
from scoring.reference import FOLDER, load
from scoring.text import STOP, bare, fold, hashtag_words, visible

Name = tuple[str, ...]
ENOUGH_REPORTS = 2
"""Independent reports in the news from which a death is certain enough for a hold; mourning uses count as one. Ours."""
MOURNING_USES = 3
NAMED_SHARE, NAMED_LEAST = 0.2, 2
"""Uses that name somebody before a topic counts as being about that person (ours)."""
LONGEST_BETWEEN, LONGEST_NAME, SHORTEST_PART = 14, 4, 2
SHORTEST_JOINED, SHORTEST_SENTENCE = 6, 20
MAX_NAMES, MAX_CHARACTERS = 40, 1_000
_RUN = re.compile(r"[A-Z][\w'’]*\.?(?:[ -][A-Z][\w'’]*\.?)+")
_TAG = re.compile(r"#(\w+)")
_LINK = re.compile(r"https?://\S+|(?<!\w)@\w+")
_INITIALS = re.compile(r"\br\.\s?i\.\s?p\b\.?", re.IGNORECASE)
_WORD = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[.!?…]+(?=\s|$)|[,;:()–—]|\n+")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\da-zA-Z_]+")
_JOINED_RIP = re.compile(r"^(?:rip|restinpeace|restinpower|goodbye|farewell|thankyou|remembering)(\w{4,})$")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_OPENS, _CLOSES = frozenset(",(–—:"), frozenset(",)–—")


class _Table(FileModel):
    before: tuple[str, ...]
    after: tuple[str, ...]
    masks: tuple[str, ...]
    frames: tuple[str, ...]
    roles: tuple[str, ...]
    nobody: tuple[str, ...]
    blockers: tuple[str, ...]
    between: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    cues: PhraseBook[str]
    roles: frozenset[str]
    nobody: frozenset[str]
    blockers: frozenset[str]
    between: frozenset[str]


@dataclass(frozen=True)
class Deaths:
    """Who is reported dead, and by what: headlines first. `certain`: two reports that do not repeat each other."""

    name: str
    reports: tuple[str, ...]
    certain: bool


def deaths_told(names: Iterable[Name], news: Sequence[Use], uses: Sequence[Use]) -> Deaths | None:
    """The reports that somebody of these names has died; None when there is no headline, nor two uses that mourn."""
    wanted = tuple(dict.fromkeys(names))[:MAX_NAMES]
    if not wanted:
        return None
    headlines = [(use, name) for use in news if (name := who_died(use.text, wanted))]
    mourned = [(use, name) for use in uses if (name := who_died(use.text, wanted))]
    if not headlines and len(mourned) < NAMED_LEAST:
        return None
    told = _independent([use for use, _ in headlines]) + (len(mourned) >= MOURNING_USES)
    who = Counter(name for _, name in [*headlines, *mourned]).most_common(1)[0][0]
    reports = tuple(dict.fromkeys(use.text for use, _ in [*headlines, *mourned]))
    return Deaths(" ".join(part.capitalize() for part in who), reports, told >= ENOUGH_REPORTS)


def names_of_topic(topic: str | None, uses: Sequence[Use]) -> list[Name]:
    """Whom a topic may be named after, and whom its uses name again and again."""
    counted: Counter[Name] = Counter()
    for use in uses:
        counted.update(set(names_in(use.text)))
    least = max(NAMED_LEAST, NAMED_SHARE * len(uses))
    parts = visible(topic or "").replace("#", " ").split()
    named = [word for part in parts for word in (_cut(part) if len(parts) == 1 else [fold(part)])]
    return [*_from_words(named), *(name for name, count in counted.most_common() if count >= least)]


def names_in(text: str) -> list[Name]:
    """The names a text may hold: words with capitals in a row, and its hashtags."""
    shown = visible(text[:MAX_CHARACTERS])
    found = [name for run in _RUN.findall(shown) for name in _parts(_plain(run))]
    tagged = [name for tag in _TAG.findall(shown) for name in _from_words(_cut(tag))]
    return [*found, *tagged]


def who_died(text: str, names: Sequence[Name]) -> Name | None:
    """The first of these names whose bearer a text says has died, as the text spells it; None when it says no such.

    A name of one word needs company that shows a person: an age or a role.
    """
    spoken, cues = _told_of(text)
    person = any(word.isdigit() or word in _words().roles - _SMALL for word in spoken)
    for name in names:
        for at, end in _places(spoken, name):
            if (person or end - at > 1) and any(_meant(spoken, at, end, cue) for cue in cues):
                return tuple(spoken[at:end])
    return None


@lru_cache(maxsize=16_384)
def _told_of(text: str) -> tuple[tuple[str, ...], tuple[Found[str], ...]]:
    """The words of a text that speaks of a death, and the phrases that do; empty for all others. Remembered, because
    every moment asks the same headlines."""
    spoken = _spoken(text)
    found = _words().cues.find(spoken)
    masks = [item for item in found if item.what == "masks"]
    cues = tuple(item for item in found if item.what in ("before", "after") and not _masked(item, masks))
    if not cues or any(item.what == "frames" for item in found):
        return (), ()
    return tuple(spoken), cues


_SMALL = frozenset(("the", "a", "an", "our", "der", "die", "el", "la", "le", "late", "great", "dear"))


def _meant(spoken: Sequence[str], start: int, end: int, cue: Found[str]) -> bool:
    if cue.what == "before":
        return end <= cue.start and _leads_to(spoken[end : cue.start]) and not _somebody_of(spoken, start)
    return cue.end <= start and _leads_from(spoken[cue.end : start], spoken[end : end + 1])


def _leads_to(between: Sequence[str]) -> bool:
    """True when nothing or an apposition stands between a name and its death: ", star of the stage, has"."""
    known = _words()
    if STOP in between or len(between) > LONGEST_BETWEEN or known.blockers & set(between):
        return False
    left = list(between)
    while left and left[-1] in known.between:
        left.pop()
    if not left or all(word in known.roles for word in left):
        return True
    if left[0] == "of" or left[0] == "and":
        return len(left) <= LONGEST_NAME + 1
    return left[0] in _OPENS and (left[-1] in _CLOSES or left[-1].isdigit() or left[-1] == "who")


def _leads_from(between: Sequence[str], following: Sequence[str]) -> bool:
    known = _words()
    allowed = known.roles | known.between | _OPENS
    if len(between) > LONGEST_BETWEEN or not all(word in allowed for word in between):
        return False
    return not following or following[0] in _SMALL or following[0] not in known.roles


def _somebody_of(spoken: Sequence[str], start: int) -> bool:
    """ "Widow of", "founder of": then somebody else died."""
    return start >= 2 and spoken[start - 1] == "of" and spoken[start - 2] not in ("death", "loss", "passing")


def _places(spoken: Sequence[str], name: Name) -> list[tuple[int, int]]:
    """Where a name stands in a text; one written in one piece is also found in two or three words."""
    size = len(name)
    found = [(at, at + size) for at in range(len(spoken) - size + 1) if tuple(spoken[at : at + size]) == name]
    if size == 1 and len(name[0]) >= SHORTEST_JOINED:
        for parts in (2, 3):
            ends = range(len(spoken) - parts + 1)
            found += [(at, at + parts) for at in ends if "".join(spoken[at : at + parts]) == name[0]]
    return found


def _spoken(text: str) -> list[str]:
    """The words of a text with its commas, folded; hashtags cut, links and mentions left out."""
    shown = _LINK.sub(" ", _INITIALS.sub("rip", visible(text[:MAX_CHARACTERS])))
    shown = _TAG.sub(lambda found: " " + " ".join(_cut(found[1])) + " ", shown)
    words = _WORD.findall(fold(shown))
    return [STOP if word[0] in ".!?…\n;" else word.removesuffix("'s").rstrip("'") for word in words]


def _cut(tag: str) -> list[str]:
    """A hashtag's words: at its capitals alone where it has some, for `MaraVoss` is no word and a rest."""
    pieces = _CAMEL.findall(bare(tag))
    if len(pieces) > 1 and any(piece[0].isupper() for piece in pieces[1:]):
        return [fold(piece) for piece in pieces]
    return hashtag_words(tag, load().vocabulary)


def _from_words(words: Sequence[str]) -> list[Name]:
    """The names that words of a topic may be: all of them, what is left without ordinary ones, and its pairs."""
    known = _words()
    words = [joined[1] if (joined := _JOINED_RIP.match(word)) else word for word in words]
    kept, common = [], load().common
    run: list[str] = []
    for word in [*words, STOP]:
        if word.isalpha() and word not in known.nobody and len(word) >= SHORTEST_PART:
            run.append(word)
            continue
        kept.append(tuple(run))
        run = []
    rare = tuple(word for word in words if word.isalpha() and word not in known.nobody and word not in common)
    found = [name for part in (*kept, rare) for name in _parts(part)]
    return [name for name in dict.fromkeys(found) if _may_be_a_name(name)]


def _parts(words: Sequence[str]) -> list[Name]:
    """A run of words as a name: the whole when it is short, and its neighbours in pairs."""
    whole = [tuple(words)] if 0 < len(words) <= LONGEST_NAME else []
    pairs = [tuple(words[at : at + 2]) for at in range(len(words) - 1)]
    return [name for name in dict.fromkeys([*whole, *pairs]) if _may_be_a_name(name)]


def _may_be_a_name(name: Name) -> bool:
    known = _words()
    if not name or not any(len(part) > SHORTEST_PART for part in name) or all(part in known.nobody for part in name):
        return False
    if len(name) > 1 and (name[0] in known.nobody or name[-1] in known.nobody):
        return False
    return " ".join(name) not in place_names(" ".join(name))


def _plain(run: str) -> list[str]:
    return [word.removesuffix("'s").strip(".'") for word in re.split(r"[ -]", fold(run)) if word.strip(".'")]


def _masked(cue: Found[str], masks: Iterable[Found[str]]) -> bool:
    return any(mask.start <= cue.start < mask.end or cue.start <= mask.start < cue.end for mask in masks)


def _independent(reports: Sequence[Use]) -> int:
    """How many of these do not merely pass another one on."""
    kept: list[Use] = []
    for report in reports:
        if not any(_passed_on(report, other) for other in kept):
            kept.append(report)
        if len(kept) >= ENOUGH_REPORTS:
            break
    return len(kept)


def _passed_on(one: Use, other: Use) -> bool:
    limit = SAME_SOURCE if one.source == other.source else SAME_REPORT
    return alike(subject_of(_first_sentence(one.text)), subject_of(_first_sentence(other.text))) >= limit


def _first_sentence(text: str) -> str:
    """What a report itself says: the lines that a paper hangs under every report make no two of them one."""
    told = text.strip()[:MAX_CHARACTERS]
    end = _SENTENCE_END.search(told, SHORTEST_SENTENCE)
    return told[: end.start()] if end else told


@lru_cache(maxsize=1)
def _words() -> _Words:
    table = read_model(FOLDER / "deaths.yaml", _Table)
    kinds = {"before": table.before, "after": table.after, "masks": table.masks, "frames": table.frames}
    cues = PhraseBook((pattern, kind) for kind, patterns in kinds.items() for pattern in patterns)
    fixed = (table.roles, table.nobody, table.blockers, table.between)
    return _Words(cues, *(frozenset(fold(word) for word in words) for words in fixed))
