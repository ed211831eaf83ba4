"""The post as its platform would show it, and its length as the platform counts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import streamlit as st

from app.ui import answered, style
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from data.reference import Playbook
from data.reference.characters import count_characters
from data.reference.parts import fold_of, parts_of
from workflow.access import Person

# Marks that hide or turn text around. A joiner (U+200D) is not one of them: it makes one emoji of several.
_UNSEEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# How fast people read on a screen (ours).
WORDS_A_MINUTE = 220


def visible(text: str) -> str:
    """The exact text, with marks that a reader could not see written out: nobody signs what is hidden."""
    return _UNSEEN.sub(lambda mark: f"⟦U+{ord(mark[0]):04X}⟧", text)


def length_line(book: Playbook, text: str) -> str:
    """`112 of 280 characters on X, 168 left`, in a colour that tells; a subject or title is counted apart."""
    if book.head is not None:
        return _head_line(book, text)
    used = count_characters(book, text)
    if book.text_limit is None:
        return f":gray[{used:,} characters; {book.label} sets no limit]"
    left = book.text_limit - used
    said = f"{used:,} of {book.text_limit:,} characters on {book.label}"
    if left < 0:
        return f":red[**{said}: {-left:,} too many**]"
    colour = "orange" if left < book.text_limit * 0.07 else "gray"
    return f":{colour}[{said}, {left:,} left]"


def _head_line(book: Playbook, text: str) -> str:
    assert book.head is not None
    head, body = parts_of(book, text)
    over = len(head) > book.head.limit
    said = f"{book.head.label}, the first line: {len(head)} of {book.head.limit} characters"
    words = len(body.split())
    rest = f":gray[{words:,} {'word' if words == 1 else 'words'} below it]" if body else ":orange[nothing below it yet]"
    return f"{f':red[**{said}**]' if over else f':gray[{said}]'} · {rest}"


def draw(
    book: Playbook,
    text: str,
    brand: str,
    show: Sequence[Callable[[], None]] = (),
    *,
    counted: bool = True,
    answering: Mapping[str, str] | None = None,
) -> None:
    """The post as its platform lays it out: the exact words, its pictures (`show` draws each), then the length.

    `answering`: the post that it replies to, which stands above it there, or quotes, which stands inside.
    """
    style.looks()
    if answering and answering["kind"] != "quote":
        answered.draw(answering)
    with st.container(border=True, gap="xsmall", key=f"look_{book.look}"):
        _LOOKS[book.look](book, text, brand, show)
        if answering and answering["kind"] == "quote":
            answered.draw(answering)
    if counted:
        markdown(f":small[{length_line(book, text)}]")


def _post(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]]) -> None:
    """X, Mastodon, Bluesky, LinkedIn, Facebook: who speaks, the words, pictures below them, and what readers can do."""
    markdown(f":material/account_circle: **{escape(brand)}** :gray[· {book.label} · now]")
    _body(book, text)
    _pictures(show)
    deeds = "thumb_up chat_bubble repeat send" if book.look == "wide" else "chat_bubble repeat favorite bookmark"
    _icons(deeds)


def _photo(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]]) -> None:
    """A feed of pictures: the words are a caption under them."""
    markdown(f":material/account_circle: **{escape(brand)}**")
    if show:
        _pictures(show)
    else:
        with st.container(key="look_frame", horizontal_alignment="center", vertical_alignment="center"):
            markdown(f":gray[:material/add_photo_alternate: {book.label} takes no post without a picture]", "content")
    _icons("favorite chat_bubble send bookmark")
    _body(book, text)


def _screen(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]]) -> None:
    """A story or a clip: words upon a whole screen."""
    with st.container(key="look_screen", gap="small", vertical_alignment="distribute"):
        markdown(f":material/account_circle: **{escape(brand)}** · now")
        if show:
            _pictures(show)
        _body(book, text)


def _mail(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]]) -> None:
    head, body = parts_of(book, text)
    markdown(f":material/mail: **{escape(visible(head)) or 'No subject yet'}**")
    markdown(f":small[:gray[From {escape(brand)} · to you]]")
    _words(body)
    _pictures(show)


def _article(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]]) -> None:
    head, body = parts_of(book, text)
    markdown(f"### {escape(visible(head)) or 'No title yet'}")
    minutes = max(1, round(len(body.split()) / WORDS_A_MINUTE))
    markdown(f":small[:gray[{escape(brand)} · {minutes} min to read]]")
    _pictures(show)
    _words(body)


def _body(book: Playbook, text: str) -> None:
    """The words, and where the app hides the rest of them. Nothing is hidden here: it is all to be signed."""
    seen, hidden = fold_of(book, text)
    _words(seen)
    if hidden:
        markdown(":small[:gray[… **see more** – only who taps it reads on:]]")
        with st.container(key="look_hidden"):
            st.text(visible(hidden.strip("\n")))


def _words(text: str) -> None:
    if text.strip():
        st.text(visible(text))
    else:
        markdown(":gray[No words yet]")


def _pictures(show: Sequence[Callable[[], None]]) -> None:
    if show:
        with st.container(horizontal=True, gap="small"):
            for picture in show:
                picture()


def _icons(names: str) -> None:
    markdown(f":gray[{'  '.join(f':material/{name}:' for name in names.split())}]")


_LOOKS = {
    "post": _post,
    "wide": _post,
    "photo": _photo,
    "story": _screen,
    "clip": _screen,
    "mail": _mail,
    "article": _article,
}


def when(planned_for: datetime | None, person: Person, now: datetime) -> str:
    """`Tue 3 Mar, 14:00` in the reader's zone, or that it leaves as soon as it is signed."""
    return "as soon as two people have signed" if planned_for is None else clock_time(planned_for, person, now)


def pace(book: Playbook) -> str:
    """The guide's windows and voice for this platform, in one line for the editor."""
    over = f", over after {_long(book.closes_minutes)}" if book.closes_minutes else ""
    return (
        f"{book.label}: out within {_range(book.target_minutes)}{over}; both signatures within "
        f"{_range(book.approval_minutes)}. {book.tone} {book.format}"
    )


def _range(minutes: tuple[int, int]) -> str:
    first, last = minutes
    return _long(last) if first == last else f"{_long(first)} to {_long(last)}"


def _long(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60} min"
