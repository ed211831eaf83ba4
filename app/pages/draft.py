"""Drafts: the list, a new one, or one draft with its words, its checklist and its versions."""

from __future__ import annotations

import streamlit as st

from app.ui import (
    autosave,
    checklist_form,
    company,
    context,
    cover,
    diff,
    draft_conflict,
    draft_editor,
    draft_lists,
    draft_state,
    links,
    media_case,
    media_form,
    moment_card,
    pictures,
    preview,
    tier,
    turned,
)
from app.ui.context import Here
from app.ui.draft_form import Form
from app.ui.text import escape, markdown, outside
from app.ui.times import clock_time
from app.views.draft import DraftView, draft_view, new_draft
from data.errors import BadInput
from data.reference import playbook
from workflow import looks
from workflow.rules.drafts import FINAL, State


def draw() -> None:
    """What the address asks for: `?draft=3`, `?opportunity=7`, `?new=1`, or the list."""
    here = context.here()
    draft_id, opportunity_id = links.number("draft"), links.number("opportunity")
    if draft_id is not None:
        _one(here, draft_id)
    elif opportunity_id is not None or "new" in st.query_params:
        new = new_draft(here.house, here.person, opportunity_id, links.number("answer"))
        draft_lists.begin(here, new, opportunity_id)
    else:
        st.title("Drafts")
        draft_lists.everything(here)


def _one(here: Here, draft_id: int) -> None:
    try:
        view = draft_view(here.house, here.person, draft_id)
    except BadInput as error:
        st.warning(f"{escape(error.message)} It may have been another number.", icon=":material/search_off:")
        st.page_link(links.DRAFTS, label="All drafts")
        return
    form = Form(draft_id, here.person)
    form.open(view.number, view.writing, view.now, view.unsaved if view.can_edit else None)
    if view.can_edit and "time" in st.query_params:
        del st.query_params["time"]
        form.choose_time(view.now)
    st.title(f"Draft {draft_id} · {playbook(view.writing.platform).label}")
    if view.state not in FINAL:
        with context.read_only("look"):
            looks.note_look(here.house.store, here.token, draft_id, view.number)
    if view.moment is not None and view.state not in FINAL:
        turned.banner(view.moment.alert_id, "Since this was written")
    here_too = st.container()
    if view.stays and view.state not in FINAL:
        st.warning(escape(view.stays), icon=":material/hourglass_empty:")
    draft_state.draw(here, view, form)
    if view.state == State.WRITING:
        cover.beside(here, draft_id)
    stale = form.base is not None and form.base.number != view.number
    if view.can_edit and stale:
        draft_conflict.draw(here, view, form)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if view.can_edit:
            draft_editor.draw(here, view, form)
        else:
            shown = pictures.thumbs(here, view.media)
            about = view.writing
            preview.draw(playbook(about.platform), about.text, view.brand, shown, answering=about.answering)
            media_case.gallery(here, view.media)
            autosave.left_over(here, view)
    with right:
        _beside(here, view, form)
    checklist_form.draw(here, view, dirty=view.can_edit and form.dirty())
    _versions(here, view)
    with here_too:  # last, because it writes: a store that is held by somebody else delays no word on the page
        company.draw(draft_id, form if view.can_edit else None)


def _beside(here: Here, view: DraftView, form: Form) -> None:
    """Beside the words: how they will look, and the moment they answer."""
    if view.can_edit:
        markdown("**As it will look**")
        shown = pictures.thumbs(here, media_form.views(here, form))
        book, words = playbook(form.get("platform")), form.get("text") or ""
        preview.draw(book, words, view.brand, shown, counted=False, answering=form.answering())
    if view.moment is not None:
        moment_card.draw(view.moment, here.person, view.now, view.closes_at)
    if view.state not in FINAL:
        tier.draw(view.tier)


def _versions(here: Here, view: DraftView) -> None:
    with st.expander(f"Versions ({len(view.versions)})", icon=":material/history:"):
        for version in view.versions:
            at = clock_time(version.at, here.person, view.now)
            markdown(f"**{version.number}** :gray[{escape(version.author)}, {at}]")
            if version.number == 1:
                outside(version.text)
            else:
                diff.draw(version.changed)


draw()
