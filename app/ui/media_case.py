"""Pictures where somebody decides: shown whole, with all that is known, and "I have looked at this picture".

An explicit deed for each file, bound to the bytes that were on the screen: a picture that was merely on the page has
not been looked at. Without it the use case refuses the approval.
"""

from __future__ import annotations

import streamlit as st

from app.ui import clicks, context, media_facts, pictures
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.media import MediaView
from workflow import media


def draw(here: Here, views: tuple[MediaView, ...]) -> None:
    """Each picture of a case, and the deed."""
    if looked := clicks.clicked("looked"):
        media_id, seen = looked
        if context.attempt(lambda: media.look(here.house.store, here.token, media_id, seen), done="Noted: you looked."):
            st.rerun()
    for view in views:
        with st.container(border=True, gap="small"):
            _picture(here, view)
            _others(here, view)
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                _deed(view)
                media_facts.never_again(here, view)


def _deed(view: MediaView) -> None:
    if view.looked:
        markdown(":green-badge[:material/visibility: You have looked at this picture]")
        return
    st.button(
        "I have looked at this picture",
        key=f"look_{view.id}",
        icon=":material/visibility:",
        help="All of it, at full size, and what is written in it.",
        **clicks.carries("looked", view.id, view.sha256),
    )


def gallery(here: Here, views: tuple[MediaView, ...]) -> None:
    """The same for readers, without the deed; who may note something about a picture does it here, too."""
    for view in views:
        with st.container(border=True, gap="small"):
            _whole(here, view)
            media_facts.draw(here, view)
            _others(here, view)


def by_hand(here: Here, draft_id: int, views: tuple[MediaView, ...]) -> None:
    """For whoever posts by hand: each file to download, and its description to copy."""
    for view in views:
        with st.container(border=True, gap="small"):
            if view.gaps:
                st.error(escape(f"Do not post {view.name}: {' '.join(view.gaps)}"), icon=":material/block:")
                continue
            pictures.thumb(here, view)
            pictures.download(here, view, f"Download {escape(view.name)}", f"{draft_id}_")
            markdown(":small[Its description (alt text):]")
            st.code(view.alt_text, language=None, wrap_lines=True)


def _picture(here: Here, view: MediaView) -> None:
    _whole(here, view)
    pictures.facts(here, view)


def _whole(here: Here, view: MediaView) -> None:
    pictures.full(here, view)
    described = escape(view.alt_text) or ":red[no description yet]"
    pictures.lines([f":gray[{pictures.size_line(view)}]", f"**Description**: {described}"])


def _others(here: Here, view: MediaView) -> None:
    others = [f"{escape(one.name)} at {clock_time(one.at, here.person, one.at)}" for one in view.looks]
    if others:
        markdown(f":small[:gray[Looked at by {', '.join(others)}]]")
