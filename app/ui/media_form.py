"""Pictures in the editor: adding one, describing it, ordering, noting where it comes from, searching for it.

What stands here is part of what the person writes (`draft_form`) until they save; what is noted about a file is stored
at once, because it belongs to the file. A file that cannot be used is told in a sentence and costs no typed word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.ui import context, media_facts, pictures
from app.ui.context import Here
from app.ui.draft_form import Form
from app.ui.text import escape, markdown
from app.views.media import MediaView, pictures_of
from data.errors import BadInput, TactError
from data.reference import Playbook, playbook
from workflow import media
from workflow.rules.media import ALT_TEXT_ADVICE, MOST_BYTES, alt_text_trouble, unfit

# What was wrong with the last file, and what is worth knowing about it.
_SAID, _NOTE = "upload_said", "upload_note"


def draw(here: Here, form: Form) -> None:
    """The pictures of what is being written, and the field that takes another one."""
    book = playbook(form.get("platform"))
    found = views(here, form)
    markdown(f"**Pictures** :gray[{_count(found, book)}]")
    for index, view in enumerate(found):
        with st.container(border=True, key=form.key(f"picture.{view.id}").replace(".", "_")):
            _one(here, form, view, index, len(found), book)
    for said in unfit([view.attached for view in found], book):
        if not any(said.startswith(f"{view.name} ") for view in found):  # those stand beside their picture
            markdown(f":small[:red[{escape(said)}]]")
    _add(here, form)


def views(here: Here, form: Form) -> tuple[MediaView, ...]:
    """The pictures of what is being written."""
    try:
        return pictures_of(here.house, here.person, entries(form))
    except BadInput:  # kept words name a file that this store does not have
        form.put("media", [])
        return ()


def entries(form: Form) -> list[dict[str, Any]]:
    """The files of what is being written, in their order."""
    return list(form.get("media") or [])


def _count(views: tuple[MediaView, ...], book: Playbook) -> str:
    most = f"{book.label} takes up to {book.pictures}" if book.pictures is not None else "as many as you need"
    return f"{len(views)} · {most}" if views else most


def _one(here: Here, form: Form, view: MediaView, index: int, count: int, book: Playbook) -> None:
    left, right = st.columns([1, 2])
    with left:
        pictures.thumb(here, view)
        markdown(f":small[:gray[{pictures.size_line(view)}]]")
        with st.container(horizontal=True, gap="xsmall"):
            _order(form, view, index, count)
    with right:
        _alt_text(form, view, book)
        for said in unfit((view.attached,), book):
            if alt_text_trouble(view.alt_text, book) not in said or not alt_text_trouble(view.alt_text, book):
                markdown(f":small[:red[{escape(said)}]]")
        media_facts.draw(here, view)


def _alt_text(form: Form, view: MediaView, book: Playbook) -> None:
    key = form.key(f"alt.{view.id}")
    st.session_state[key] = view.alt_text

    def typed() -> None:
        _change(form, view.id, lambda entry: {**entry, "alt_text": st.session_state[key]})

    st.text_area(
        "What it shows, for those who cannot see it (alt text)",
        key=key,
        height=80,
        help=ALT_TEXT_ADVICE,
        placeholder="A glass of iced tea on a wet wooden table",
        on_change=typed,
    )
    trouble = alt_text_trouble(view.alt_text, book)
    if trouble:
        markdown(f":small[:orange[It {escape(trouble)}.]]")
    elif book.alt_text_limit is not None:
        used = len(view.alt_text.strip())
        markdown(f":small[:gray[{used:,} of {book.alt_text_limit:,} characters on {book.label}]]")


def _order(form: Form, view: MediaView, index: int, count: int) -> None:
    for label, icon, to in (
        ("Earlier", ":material/arrow_upward:", index - 1),
        ("Later", ":material/arrow_downward:", index + 1),
    ):
        if 0 <= to < count:
            st.button(
                "",
                icon=icon,
                key=f"{label.lower()}_{view.id}",
                help=f"{label} in the post",
                on_click=_move,
                args=(form, index, to),
            )
    st.button(
        "", icon=":material/delete:", key=f"remove_{view.id}", help="Take it out of the post", on_click=_remove,
        args=(form, view.id),
    )  # fmt: skip


def _move(form: Form, index: int, to: int) -> None:
    found = entries(form)
    found.insert(to, found.pop(index))
    form.put("media", found)


def _remove(form: Form, media_id: int) -> None:
    form.put("media", [entry for entry in entries(form) if entry["media_id"] != media_id])


def _change(form: Form, media_id: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    form.put("media", [change(entry) if entry["media_id"] == media_id else entry for entry in entries(form)])


def _add(here: Here, form: Form) -> None:
    """The upload field. After each file it is a new, empty one; what was wrong with the last stands above it."""
    said = form.get(_SAID)
    if said:
        st.error(escape(said), icon=":material/broken_image:")
    note = form.get(_NOTE)
    if note:
        st.info(escape(note), icon=":material/image:")
    times = form.get("uploads") or 0
    given = st.file_uploader(
        f"Add a picture: JPEG, PNG, GIF or WebP, up to {MOST_BYTES // 1_048_576} MB",
        key=form.key(f"upload.{times}"),
        max_upload_size=MOST_BYTES // 1_048_576,
        help="Written anew, without place, camera and comments. Videos are added when posting by hand.",
    )
    if given is None:
        return
    form.put("uploads", times + 1)
    form.put(_SAID, "")
    form.put(_NOTE, "")
    try:
        _taken(form, media.take_in(here.house.store, here.token, given.name, given.getvalue()))
    except TactError as error:
        context.log.info("a file was not taken in: %s (%s)", error.message, error.cause)
        form.put(_SAID, f"{given.name}: {error.message}")
    st.rerun()


def _taken(form: Form, taken: media.Taken) -> None:
    if any(entry["media_id"] == taken.media_id for entry in entries(form)):
        form.put(_NOTE, f"{taken.name} is in this post already.")
        return
    form.put("media", [*entries(form), dict(taken.entry)])
    known = "It was taken in before, and what was noted about it then still stands." if taken.known else ""
    form.put(_NOTE, " ".join(filter(None, (taken.remark, known))))
