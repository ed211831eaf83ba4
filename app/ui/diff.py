"""Drawing how two versions differ: what came in green, what went struck through, words as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.ui.preview import when
from app.ui.text import escape, markdown
from app.views.posts import Piece
from app.views.ways import WaysOut
from data.reference import playbooks
from workflow.access import Person
from workflow.rules.answering import KINDS
from workflow.rules.versions import Change


def draw(pieces: Sequence[Piece]) -> None:
    """One paragraph; blanks at the edges of a piece stay outside its colour, where Markdown needs them."""
    markdown("".join(_piece(piece) for piece in pieces))


def _piece(piece: Piece) -> str:
    words = escape(piece.words)
    if not words:
        return " "
    before = " " if piece.words[:1].isspace() else ""
    after = " " if piece.words[-1:].isspace() else ""
    shown = {"same": words, "added": f":green-background[{words}]", "removed": f":red[~~{words}~~]"}[piece.kind]
    return f"{before}{shown}{after}"


def beside(changed: Sequence[Change], person: Person, now: datetime, ways: WaysOut) -> None:
    """What differs beside the words, one line for each: `The time: 14:00 → 15:30`."""
    for one in changed:
        if one.field == "zone":  # never without the time, which says it
            continue
        before, after = (told(one.field, value, person, now, ways) for value in (one.before, one.after))
        markdown(f":small[**{one.label}**: {f'{before} → {after}' if before != after else 'changed'}]")


def told(field: str, value: Any, person: Person, now: datetime, ways: WaysOut) -> str:
    """A field's value in a reader's words, already escaped."""
    if field == "planned_for":
        return when(value, person, now)
    if field == "channel":
        return escape(ways.label(str(value)))
    return _TOLD.get(field, _words)(value)


def _words(value: Any) -> str:
    return escape(str(value)) if value else "none"


def _platform(value: Any) -> str:
    book = playbooks().get(str(value))
    return book.label if book is not None else escape(str(value))


def _several(value: Sequence[Any]) -> str:
    return ", ".join(escape(str(one)) for one in value) or "everywhere"


def _pictures(value: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(escape(one.get("alt_text", "") or "no description") for one in value) or "none"


def _filled(value: Mapping[str, str]) -> str:
    return ", ".join(f"{escape(name)}: {escape(said)}" for name, said in sorted(value.items())) or "nothing"


def _answered(value: Mapping[str, str]) -> str:
    return f"{KINDS[value['kind']].lower()}: {escape(value['address'])}" if value else "none"


def _yes(value: Any) -> str:
    return "yes" if value else "no"


_TOLD: dict[str, Callable[[Any], str]] = {
    "platform": _platform,
    "regions": _several,
    "links": lambda value: _several(value) if value else "none",
    "media": _pictures,
    "answering": _answered,
    "fields": _filled,
    "promotional": _yes,
    "reactive": _yes,
}
