"""Drawing how two versions differ: what came in green, what went struck through, words as they are."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.text import escape, markdown
from app.views.posts import Piece


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
