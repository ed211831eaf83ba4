"""Which monitors a text belongs to, and when two texts or two links are the same.

Pure. A term is matched word by word, whatever its case or width, never inside another word ("art" is not in "party");
a hashtag is matched as written and as the words it is made of. In scripts that are written without spaces a term is
matched wherever it stands.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_TAG = re.compile(r"(?<![\w&])[#＃](\w+)")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@[\w.-]+(@[\w.-]+)?")
_REPOST = re.compile(r"^\s*(rt|via)\b[\s:]*", re.IGNORECASE)
_WORD_IN_TAG = re.compile(r"\d+|[^\W\d_]+")
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|igshid|"
    r"mc_[ce]id|_hsenc|_hsmi|mkt_tok|vero_id|oly_\w+|s_cid|ref_src|ref_url|cmpid|icid|ocid",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}

Words = tuple[str, ...]


@dataclass(frozen=True)
class MonitorRule:
    """What one monitor watches: a text belongs to it when any of `terms` is in it and none of `exclusions`."""

    id: int
    terms: tuple[str, ...]
    exclusions: tuple[str, ...] = ()


class Matcher:
    """Many monitors against one text at a time; the cost grows with the text, hardly with the monitors."""

    def __init__(self, rules: Iterable[MonitorRule]) -> None:
        self._phrases: dict[str, list[tuple[Words, int, bool]]] = defaultdict(list)
        self._tags: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        self._anywhere: list[tuple[str, int, bool]] = []
        for rule in rules:
            for wanted, terms in ((True, rule.terms), (False, rule.exclusions)):
                for term in terms:
                    self._add(term, rule.id, wanted)

    def match(self, text: str) -> set[int]:
        """The ids of the monitors that `text` belongs to."""
        wanted: set[int] = set()
        unwanted: set[int] = set()
        for rule, is_wanted in self._hits(text):
            (wanted if is_wanted else unwanted).add(rule)
        return wanted - unwanted

    def _add(self, term: str, rule: int, wanted: bool) -> None:
        folded = fold(term).strip()
        words = words_of(folded)
        if not words or _SPACELESS.search(folded):
            if folded.lstrip("#＃"):
                self._anywhere.append((folded.lstrip("#＃"), rule, wanted))
            return
        self._tags["".join(words)].append((rule, wanted))
        if not folded.startswith(("#", "＃")):  # "#pride" asks for the hashtag, not for the word
            self._phrases[words[0]].append((words, rule, wanted))

    def _hits(self, text: str) -> Iterator[tuple[int, bool]]:
        plain = unicodedata.normalize("NFKC", text)
        folded = fold(plain)
        for term, rule, wanted in self._anywhere:
            if term in folded:
                yield rule, wanted
        yield from self._phrase_hits(words_of(folded))
        for tag in _TAG.findall(plain):
            yield from self._tags.get("".join(words_of(fold(tag))), ())
            yield from self._phrase_hits(tuple(fold(word) for word in split_tag(tag)))

    def _phrase_hits(self, words: Words) -> Iterator[tuple[int, bool]]:
        for start, word in enumerate(words):
            for phrase, rule, wanted in self._phrases.get(word, ()):
                if words[start : start + len(phrase)] == phrase:
                    yield rule, wanted


def fold(text: str) -> str:
    """One spelling for every width, case and invisible character."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if folded.isascii():
        return folded
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")


def words_of(folded: str) -> Words:
    """The words of a folded text, in order; an apostrophe inside a word is left out, so "don't" is "dont"."""
    joined = folded.replace("'", "").replace("’", "").replace("_", " ")
    return tuple("".join(letter if _in_word(letter) else " " for letter in joined).split())


def split_tag(tag: str) -> list[str]:
    """The words of a hashtag by its capitals, digits and underscores: WorldCupFinal, NBAFinals2026, world_cup."""
    return [word for run in _WORD_IN_TAG.findall(tag) for word in _by_capitals(run)]


def _by_capitals(run: str) -> Iterator[str]:
    start = 0
    for at in range(1, len(run)):
        opens = run[at].isupper() and not run[at - 1].isupper()
        ends_acronym = run[at - 1].isupper() and run[at].isupper() and run[at + 1 : at + 2].islower()
        if opens or ends_acronym:
            yield run[start:at]
            start = at
    yield run[start:]


def _in_word(letter: str) -> bool:
    """Letters, figures, and the marks that some scripts put on them (which Python does not count as letters)."""
    return letter.isalnum() or (not letter.isascii() and unicodedata.category(letter)[0] == "M")


def fingerprint(text: str) -> str:
    """The same 32 hex digits for texts that differ only in case, punctuation, links, handles or a leading "RT"."""
    bare = _HANDLE.sub(" ", _LINK.sub(" ", _REPOST.sub("", text)))
    return hashlib.sha256(" ".join(words_of(fold(bare))).encode()).hexdigest()[:32]


def canonical_url(url: str) -> str:
    """One spelling of a web address, without tracking parameters and fragment; empty for what is none."""
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if scheme not in _PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, _PORTS[scheme]) else f"{shown}:{port}"
    query = urlencode(
        [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0])]
    )
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~", errors="replace").rstrip("/")
    return urlunsplit((scheme, place, path or "/", query, ""))
