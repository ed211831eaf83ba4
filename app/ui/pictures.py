"""Drawing pictures: from our own bytes alone, never from an address, and only while they are the bytes taken in.

What is shown is the very file that would be sent, made smaller for the screen where it is large. The console unpacks
only what our own child process has written (`workflow.picture_child`), which the hash tells.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st
from PIL import Image

from app.ui.context import Here
from app.ui.text import clean, escape, markdown
from app.ui.times import clock_time
from app.views.media import MediaView, bytes_of
from app.wiring import House
from workflow.rules.media import OUR_OWN, PLAIN_ORIGIN, Origin, megabytes, plain_origin

THUMB, FULL = 320, 1400
SWAPPED = "This is no longer the file that was taken in, so it is not shown. Do not sign: take it out and add it anew."
NEVER_OPENED = "This file came with another tool's schedule and was never opened here. Add the picture anew to see it."


def thumb(here: Here, view: MediaView, width: int = 220) -> None:
    """Small, for the editor and for whoever posts by hand."""
    _draw(here.house, view, THUMB, width)


def full(here: Here, view: MediaView) -> None:
    """As large as the page, whole: for whoever has to sign for it."""
    _draw(here.house, view, FULL, "stretch")


def _draw(house: House, view: MediaView, most: int, width: int | str) -> None:
    if not view.made_here:
        st.info(NEVER_OPENED, icon=":material/image_not_supported:")
        return
    shown = _shown(house, view.id, view.sha256, most)
    if shown is None:
        st.error(SWAPPED, icon=":material/broken_image:")
    elif width == "stretch":
        st.image(shown, alt=clean(view.alt_text) or clean(view.name), width="stretch")
    else:
        st.image(shown, alt=clean(view.alt_text) or clean(view.name), width=int(width))


@st.cache_data(max_entries=48, show_spinner=False)
def _shown(_house: House, media_id: int, expected: str, most: int) -> bytes | None:
    """The picture for the screen; None where the store holds other bytes. An animation stays as it is, to move."""
    content = bytes_of(_house, media_id, expected)
    if content is None or content.startswith(b"GIF8"):
        return content
    with Image.open(io.BytesIO(content)) as picture:
        if max(picture.size) <= most:
            return content
        picture.thumbnail((most, most))
        target = io.BytesIO()
        picture.save(target, "PNG" if picture.mode == "RGBA" else "JPEG", quality=88)
        return target.getvalue()


def thumbs(here: Here, views: tuple[MediaView, ...]) -> list[Callable[[], None]]:
    """What draws each, smaller still: for the preview, which knows nothing of files."""
    return [partial(thumb, here, view, 120) for view in views]


def counted(views: tuple[MediaView, ...]) -> str:
    """`no pictures`, `1 picture`, `3 pictures`."""
    return {0: "no pictures", 1: "1 picture"}.get(len(views), f"{len(views)} pictures")


def download(here: Here, view: MediaView, label: str = "Download exactly this file", place: str = "") -> None:
    """The bytes that would be sent, for a reverse image search or for posting by hand."""

    def content() -> bytes:
        return bytes_of(here.house, view.id, view.sha256) or b""

    st.download_button(
        label,
        content,
        file_name=view.name,
        mime=view.mime,
        key=f"download_{place}{view.id}",
        icon=":material/download:",
        on_click="ignore",
    )


def size_line(view: MediaView) -> str:
    """`cup.jpg · 1200×800 · 212 kB`."""
    pixels = f"{view.width}×{view.height} · " if view.width and view.height else ""
    return f"{escape(view.name)} · {pixels}{megabytes(view.size)}"


def facts(here: Here, view: MediaView, origin: bool = True) -> None:
    """Where it comes from (`origin`), what a search came to, who allowed it; and, in red, what is missing."""
    said = [origin_in_words(view) if origin else "", *_search(here, view), *_rights(view)]
    said += [f":red[:material/block: {escape(gap)}]" for gap in view.gaps]
    lines(said)


def lines(said: Iterable[str]) -> None:
    """Several small lines as one paragraph; empty ones are left out."""
    shown = [f":small[{line}]" for line in said if line]
    if shown:
        markdown("  \n".join(shown))


def origin_in_words(view: MediaView) -> str:
    """`Made by us`; a word that came with an imported post as it is."""
    origin = view.facts.origin
    if not origin:
        return ""
    return PLAIN_ORIGIN[Origin(origin)] if origin in frozenset(Origin) else escape(origin)


def is_ours(view: MediaView) -> bool:
    """Whether nobody else made it: then no search and no permission are asked for."""
    return plain_origin(view.facts.origin) in OUR_OWN


def _search(here: Here, view: MediaView) -> list[str]:
    if not view.facts.search:
        return []
    when = f", {clock_time(view.searched_at, here.person, view.searched_at)}" if view.searched_at else ""
    who = f" by {escape(view.searched_by)}{when}" if view.searched_by else ""
    note = f": {escape(view.facts.search_note)}" if view.facts.search_note else ""
    return [f"Reverse image search{who}: **{escape(view.facts.search)}**{note}"]


def _rights(view: MediaView) -> list[str]:
    if not view.facts.rights_note:
        return []
    parts = [view.facts.rights_note, view.facts.rights_link, view.facts.rights_on]
    return [f"Allowed by: {' · '.join(escape(part) for part in parts if part)}"]
