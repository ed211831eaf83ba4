"""Noting what is known about a picture: where it comes from, what a search came to, who allowed it; and "never again".

Stored at once, with an event each. Tact sends the picture nowhere by itself: the search pages open in a new tab, and
the person puts in the file that they download here, which is exactly the one that would be sent.
"""

from __future__ import annotations

import zlib

import streamlit as st

from app.ui import context, pictures
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.media import MediaView
from workflow import media, refused_pictures
from workflow.rules.media import PLAIN_ORIGIN, PLAIN_SEARCH, SEARCH_PAGES, Origin, Search
from workflow.rules.roles import may


def draw(here: Here, view: MediaView) -> None:
    """The facts in words, and the forms that change them, open while something is missing."""
    pictures.facts(here, view, origin=not may(here.person.role, "note_media"))
    if not may(here.person.role, "note_media"):
        return
    _origin(here, view)
    if view.facts.origin and not pictures.is_ours(view):
        with st.expander("Search for where it was seen before", icon=":material/image_search:"):
            _search(here, view)
    if view.facts.origin:
        with st.expander("Who allowed its use", icon=":material/license:"):
            _rights(here, view)
    never_again(here, view)


def _origin(here: Here, view: MediaView) -> None:
    options = list(Origin)
    stored = view.facts.origin
    # The stored word is part of the key: what a colleague noted meanwhile is shown, and not overwritten by this screen.
    chosen = st.selectbox(
        "Where it comes from",
        options,
        index=options.index(Origin(stored)) if stored in frozenset(Origin) else None,
        key=f"origin_{view.id}_{stored}",
        format_func=lambda one: PLAIN_ORIGIN[Origin(one)],
        placeholder="Choose: everybody who signs relies on it",
        help="Signers rely on this: a change takes their signatures back, from every post with this picture.",
    )
    if chosen and chosen != stored:
        deed = lambda: media.note_origin(here.house.store, here.token, view.id, chosen)  # noqa: E731
        if context.attempt(deed, done="Noted where it comes from."):
            st.rerun()


def _search(here: Here, view: MediaView) -> None:
    markdown(":small[Nothing is sent by Tact. Download the file, open a search page, put the file in, and look.]")
    with st.container(horizontal=True, gap="xsmall"):
        pictures.download(here, view)
        for page in SEARCH_PAGES:
            st.link_button(page.label, page.url, icon=":material/open_in_new:")
    markdown(
        ":small[Look for older copies, other places and other events: a fire, a flood, a crowd that came for something "
        "else.]"
    )
    with st.form(f"search_{view.id}", border=False):
        result = st.radio(
            "What it came to", list(Search), index=None, key=f"found_{view.id}",
            format_func=lambda one: PLAIN_SEARCH[Search(one)],
        )  # fmt: skip
        note = st.text_input("What you found", key=f"found_note_{view.id}", placeholder="First seen, where, of what")
        sent = st.form_submit_button("Note the search")
    deed = lambda: media.note_search(here.house.store, here.token, view.id, result or "", note)  # noqa: E731
    if sent and context.attempt(deed, done="Noted what the search came to."):
        st.rerun()


def _rights(here: Here, view: MediaView) -> None:
    # Another form where something else is stored by now: nobody overwrites a colleague's words with old ones.
    stored = (view.facts.rights_note or "", view.facts.rights_link, view.facts.rights_on)
    name = f"rights_{view.id}_{zlib.crc32(repr(stored).encode())}"
    with st.form(name, border=False):
        who = st.text_input(
            "Who allowed it and for what, or which licence",
            key=f"{name}_who",
            value=view.facts.rights_note or "",
        )
        left, right = st.columns(2)
        link = left.text_input(
            "Where they say so", key=f"{name}_link", placeholder="https://", value=view.facts.rights_link
        )
        on = right.text_input(
            "Since", key=f"{name}_on", placeholder="YYYY-MM-DD", value=view.facts.rights_on, max_chars=10
        )
        sent = st.form_submit_button("Note it")
    deed = lambda: media.note_rights(here.house.store, here.token, view.id, who, link, on)  # noqa: E731
    if sent and context.attempt(deed, done="Noted who allowed it."):
        st.rerun()


def never_again(here: Here, view: MediaView) -> None:
    """For signers: refuse it for good, and whatever looks like it."""
    if view.refused or not may(here.person.role, "refuse_media"):
        return
    with st.popover("Never again", icon=":material/block:"):
        markdown(":small[Nobody can add it, or one that looks like it, and posts that have it cannot leave.]")
        why = st.text_input("Why", key=f"never_why_{view.id}")
        deed = lambda: refused_pictures.refuse(here.house.store, here.token, view.id, why)  # noqa: E731
        if st.button("Never use it again", type="primary", key=f"never_{view.id}") and context.attempt(
            deed, done="Refused. Posts with it need fresh signatures."
        ):
            st.rerun()


def refused_list(here: Here, found: tuple[refused_pictures.RefusedPicture, ...]) -> None:
    """The list of refused pictures, at the foot of the Drafts page, and lifting one."""
    in_force = [one for one in found if one.lifted_at is None]
    with st.expander(f"Refused pictures ({len(in_force)})", icon=":material/hide_image:"):
        if not found:
            markdown(":small[:gray[None. A signer can refuse a picture for good where it is shown.]]")
        for one in found:
            _refused(here, one)


def _refused(here: Here, one: refused_pictures.RefusedPicture) -> None:
    until = f", lifted {one.lifted_at:%d %b %Y}" if one.lifted_at else ""
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        markdown(
            f"{escape(one.name)}: {escape(one.reason)} :small[:gray[{escape(one.by)}, {one.at:%d %b %Y}{until}]]",
            width="content",
        )
        if one.lifted_at or not may(here.person.role, "refuse_media"):
            return
        with st.popover("Lift"):
            why = st.text_input("Why it may be used again", key=f"lift_why_{one.id}")
            deed = lambda: refused_pictures.lift(here.house.store, here.token, one.id, why)  # noqa: E731
            if st.button("It may be used again", type="primary", key=f"lift_{one.id}") and context.attempt(
                deed, done="Lifted. Posts that it stopped still need fresh signatures."
            ):
                st.rerun()
