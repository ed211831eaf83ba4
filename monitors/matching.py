"""Which monitors a text belongs to, and when two texts or two links are the same.

Pure. A term is matched word by word, whatever its case or width, never inside another word ("art" is not in "party");
a hashtag is matched as written and as the words it is made of. In scripts that are written without spaces a term is
matched wherever it stands.

One pass of an automaton finds the longest word of every term at once, in the text's words as UTF-8 between single
blanks; only where such a word stands is a phrase of several words looked at. So a text costs its length, and hardly
more for ten thousand terms than for ten.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ahocorasick_rs import BytesAhoCorasick, Implementation

# The sign first, then what stands before it: the search then leaps from sign to sign.
_TAG = re.compile(r"[#＃](?<![\w&][#＃])(\w+)")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@[\w.-]+(@[\w.-]+)?")
_REPOST = re.compile(r"\s*(rt|via)\b[\s:]*", re.IGNORECASE)
_WORD_IN_TAG = re.compile(r"\d+|[^\W\d_]+")
_ASCII_WORD_IN_TAG = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Beyond ASCII, what may not be part of a word: few characters, so the rest of a text is left to the faster way.
_ODD = re.compile(r"[^\w\x00-\x7f]+")
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|yclid|igshid|"
    r"mc_[ce]id|_hsenc|_hsmi|mkt_tok|vero_id|oly_\w+|s_cid|ref_src|ref_url|cmpid|icid|ocid",
    re.IGNORECASE,
)
# Most addresses are in their canonical spelling already, and need not be taken apart.
_CANONICAL = re.compile(r"https?://[a-z0-9-]+(\.[a-z0-9-]+)+/([A-Za-z0-9/_.~@:-]*[A-Za-z0-9_.~@:-])?")
_PORTS = {"http": 80, "https": 443}

Words = tuple[str, ...]
Hit = tuple[int, bool]

# Up to so many patterns the fastest automaton is also small (ours: about 40 MB at the limit).
_MOST_FOR_SPEED = 20_000
# Stands between a text's words and those of its hashtags, so that no phrase reaches across.
_WALL = b" \x00 "
_NOBODY: frozenset[int] = frozenset()


class _InWords(dict[int, int | str | None]):
    """For `str.translate`: what is part of a word stays, apostrophes and invisible marks go, the rest is a blank."""

    def __missing__(self, code: int) -> int | str | None:
        letter = chr(code)
        gone = letter in "'’" or unicodedata.category(letter) == "Cf"
        self[code] = None if gone else code if _in_word(letter) else " "
        return self[code]


def _in_word(letter: str) -> bool:
    """Letters, figures, and the marks that some scripts put on them (which Python does not count as letters)."""
    return letter.isalnum() or (not letter.isascii() and unicodedata.category(letter)[0] == "M")


_IN_WORDS = _InWords()
# The same for the ASCII in UTF-8, folding included, at a tenth of the price; other bytes stay as they are.
_ASCII = bytes(code if code > 127 else ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(256))


@dataclass(frozen=True)
class MonitorRule:
    """What one monitor watches: a text belongs to it when any of `terms` is in it and none of `exclusions`.

    `languages`, two-letter codes: a text in another language does not belong; one in an unknown language does.
    """

    id: int
    terms: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class Matcher:
    """Many monitors against one text at a time. `match` may be called from several threads."""

    def __init__(self, rules: Iterable[MonitorRule]) -> None:
        phrases: defaultdict[bytes, list[tuple[bytes, Hit]]] = defaultdict(list)
        anywhere: defaultdict[bytes, list[Hit]] = defaultdict(list)
        self._tags: defaultdict[str, list[Hit]] = defaultdict(list)
        self._languages: dict[int, frozenset[str]] = {}
        for rule in rules:
            if rule.languages:
                self._languages[rule.id] = frozenset(map(str.lower, rule.languages))
            for wanted, terms in ((True, rule.terms), (False, rule.exclusions)):
                for term in terms:
                    self._add(term, (rule.id, wanted), phrases, anywhere)
        self._find = _automaton(phrases)
        # By the number of the pattern: the hits that need no second look, and the phrases that do.
        self._sure = [[hit for phrase, hit in found if phrase == word] for word, found in phrases.items()]
        self._unsure = [[one for one in found if one[0] != word] for word, found in phrases.items()]
        self._find_anywhere = _automaton(anywhere)
        self._anywhere = list(anywhere.values())
        self._ascii_anywhere = any(term.isascii() for term in anywhere)

    def match(self, text: str, language: str | None = None) -> frozenset[int]:
        """The ids of the monitors that `text` belongs to."""
        if text.isascii():
            plain, folded, words = text, text, b" %b " % text.encode().translate(_ASCII, b"'")  # as `_spaced` would
        else:
            plain = unicodedata.normalize("NFKC", text)
            folded = unicodedata.normalize("NFKC", plain.casefold())
            words = b" %b " % _spaced(folded)
        hits: list[Hit] = []
        if "#" in plain:
            words = self._open_tags(plain, words, hits)
        if found := self._find(words, True):
            hits += self._told(words, found)
        if self._anywhere and (self._ascii_anywhere or not text.isascii()):
            for number, _, _ in self._find_anywhere(fold(folded).encode("utf-8", "surrogatepass"), True):
                hits += self._anywhere[number]
        return self._decide(hits, language) if hits else _NOBODY

    def _add(
        self,
        term: str,
        hit: Hit,
        phrases: defaultdict[bytes, list[tuple[bytes, Hit]]],
        anywhere: defaultdict[bytes, list[Hit]],
    ) -> None:
        folded = fold(term).strip()
        words = words_of(folded)
        if not words or _SPACELESS.search(folded):
            bare = folded.lstrip("#＃")
            if bare:
                anywhere[bare.encode("utf-8", "surrogatepass")].append(hit)
            return
        self._tags["".join(words)].append(hit)
        if not folded.startswith(("#", "＃")):  # "#pride" asks for the hashtag, not for the word
            phrases[_between_blanks((max(words, key=len),))].append((_between_blanks(words), hit))

    def _told(self, words: bytes, found: Sequence[tuple[int, int, int]]) -> list[Hit]:
        """What the found words stand for; a phrase of several is looked for in the words without double blanks."""
        hits: list[Hit] = []
        tidy = b""
        for number, _, _ in found:
            hits += self._sure[number]
            for phrase, hit in self._unsure[number]:
                tidy = tidy or b" %b " % b" ".join(words.split())
                if phrase in tidy:
                    hits.append(hit)
        return hits

    def _open_tags(self, plain: str, words: bytes, hits: list[Hit]) -> bytes:
        """Note the hits of whole hashtags; the words, with those that the hashtags are made of behind them."""
        for tag in _TAG.findall(plain):
            whole, parts = _opened(tag)
            hits += self._tags.get(whole, ())
            words += parts
        return words

    def _decide(self, hits: Sequence[Hit], language: str | None) -> frozenset[int]:
        if len(hits) == 1 and not self._languages:
            return frozenset((hits[0][0],)) if hits[0][1] else _NOBODY
        wanted = {rule for rule, is_wanted in hits if is_wanted}
        unwanted = {rule for rule, is_wanted in hits if not is_wanted}
        if self._languages and (code := _two_letters(language)):
            unwanted |= {rule for rule in wanted if code not in self._languages.get(rule, (code,))}
        return frozenset(wanted - unwanted)


def _automaton(patterns: Iterable[bytes]) -> Callable[[bytes, bool], list[tuple[int, int, int]]]:
    given = list(patterns)
    kind = Implementation.DFA if len(given) <= _MOST_FOR_SPEED else None
    return BytesAhoCorasick(given, implementation=kind).find_matches_as_indexes


@lru_cache(maxsize=20_000)
def _opened(tag: str) -> tuple[str, bytes]:
    """A hashtag as it is compared, and the words it is made of, behind a wall; none where it is one word anyway."""
    parts = split_tag(tag)
    whole = "".join(words_of(fold(tag)))
    return whole, b"" if len(parts) == 1 and parts[0] == tag else _WALL + _between_blanks(map(fold, parts))


def _spaced(folded: str) -> bytes:
    """The words of a folded text, as UTF-8, with a blank for every sign between them."""
    return _ODD.sub(_in_words, folded).encode().translate(_ASCII, b"'")


def _in_words(odd: re.Match[str]) -> str:
    return odd[0].translate(_IN_WORDS)


def _between_blanks(words: Iterable[str]) -> bytes:
    return b" %b " % " ".join(words).encode("utf-8", "surrogatepass")


def _two_letters(language: str | None) -> str:
    """ "pt-BR" and "PT" are "pt"; what is no two-letter code is an unknown language."""
    code = re.split("[-_]", language or "")[0].lower()
    return code if len(code) == 2 else ""


def fold(text: str) -> str:
    """One spelling for every width, case and invisible character."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded if folded.isascii() else _ODD.sub(_visible, folded)


def _visible(odd: re.Match[str]) -> str:
    return "".join(letter for letter in odd[0] if unicodedata.category(letter) != "Cf")


def words_of(folded: str) -> Words:
    """The words of a folded text, in order; an apostrophe inside a word is left out, so "don't" is "dont"."""
    return tuple(_spaced(folded).decode().split())


def split_tag(tag: str) -> list[str]:
    """The words of a hashtag by its capitals, digits and underscores: WorldCupFinal, NBAFinals2026, world_cup."""
    if tag.isascii():
        return _ASCII_WORD_IN_TAG.findall(tag)
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


def fingerprint(text: str) -> str:
    """The same 32 hex digits for texts that differ only in case, punctuation, links, handles or a leading "RT"."""
    repost = _REPOST.match(text)
    bare = text[repost.end() :] if repost else text
    if "://" in bare:
        bare = _LINK.sub(" ", bare)
    if "@" in bare:
        bare = _HANDLE.sub(" ", bare)
    return hashlib.sha256(b" ".join(_spaced(fold(bare)).split())).hexdigest()[:32]


def canonical_url(url: str) -> str:
    """One spelling of a web address, without tracking parameters and fragment; empty for what is none."""
    if _CANONICAL.fullmatch(url):
        return url
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
