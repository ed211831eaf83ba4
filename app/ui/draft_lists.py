"""The Drafts page without a draft: everything there is by state, and the beginning of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from app.ui import answered, context, cover, links, media_facts, moment_card
from app.ui.context import Here
from app.ui.draft_editor import guardrails, offered
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time
from app.views.draft import DraftList, DraftRow, NewDraft, draft_list
from app.views.media import refused_in
from data.reference import playbooks
from templates_library import Template
from templates_library.render import render
from workflow import draft
from workflow.draft import Writing
from workflow.rules.answering import KINDS
from workflow.rules.drafts import PLAIN_STATE, State


def everything(here: Here) -> None:
    """The list, and the button that starts a planned post."""
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    whose = head.segmented_control(
        "Whose drafts", ["Mine", "All"], default="All", key="whose", label_visibility="collapsed", required=True
    )
    view = draft_list(here.house, here.person, mine=whose == "Mine")
    if view.may_write and head.button("New planned post", icon=":material/add:", type="primary", key="new_post"):
        st.query_params["new"] = "1"
        st.rerun()
    if not view.groups:
        st.info(
            "No drafts yet. A moment that two people found worth a word begins one on its own page; "
            "a planned post begins here.",
            icon=":material/edit_note:",
        )
    for title, rows in view.groups:
        markdown(f"#### {title}")
        for row in rows:
            _row(here, row, view)
    media_facts.refused_list(here, refused_in(here.house))


def _row(here: Here, row: DraftRow, view: DraftList) -> None:
    now = view.now
    with st.container(border=True, gap="xxsmall"):
        book = playbooks()[row.platform].label
        topic = f" · {escape(row.topic)}" if row.topic else ""
        links.to_draft(row.id, escape(shorten(row.text, 110)) or "No words yet")
        who = f"{escape(row.author)}, {ago(row.updated_at, now)}"
        markdown(f":small[:gray[{book} · {PLAIN_STATE[row.state]} · {who}{topic}]]")
        if row.state in (State.EXPIRED, State.NEEDS_TIME):
            if row.planned_for is not None:
                markdown(f":small[:orange[Its time was {clock_time(row.planned_for, here.person, now)}.]]")
            if view.may_write:
                links.to_new_time(row.id)


def begin(here: Here, view: NewDraft, opportunity_id: int | None) -> None:
    """The first choice: a template that this moment allows, or free words; and for which platform."""
    st.title("New draft" if opportunity_id else "New planned post")
    if view.moment is not None:
        moment_card.draw(view.moment, here.person, view.now, None)
    if view.refusal or not view.may_write:
        why = escape(view.refusal) or "Your role may not write. Ask somebody of the social team."
        st.warning(why, icon=":material/block:")
        return
    cover.before(here, opportunity_id)
    by_name = {offer.template.name: offer for offer in view.offers}
    name = st.selectbox(
        "Template",
        ["", *by_name],
        key="begin_template",
        format_func=lambda one: offered(by_name[one]) if one else "Free words, no template",
    )
    chosen = by_name.get(name)
    if chosen is not None:
        guardrails(chosen.template, view.now)
    platform, channel = _places(view, chosen.template if chosen else None)
    answering = _answers(view, channel)
    if chosen is not None and chosen.refusal:
        st.error(escape(chosen.refusal), icon=":material/block:")
    elif st.button("Start the draft", type="primary", key="begin"):
        words = _first_words(view, chosen.template if chosen else None)
        _start(here, opportunity_id, replace(words, platform=platform, channel=channel, answering=answering))


def _places(view: NewDraft, template: Template | None) -> tuple[str, str]:
    """Platform and way out. A post that answers another one begins where that one is."""
    books = playbooks()
    fitting = [key for key in books if template is None or key in template.channels]
    there = view.answers.platform if view.answers is not None else ""
    where, how = st.columns(2)
    platform = where.selectbox(
        "Platform",
        fitting,
        index=fitting.index(there) if there in fitting else 0,
        key="begin_platform",
        format_func=lambda key: books[key].label,
    )
    first = view.ways.first(platform)
    names = view.ways.fitting(platform, first)
    channel = how.selectbox(
        "Way out", names, index=names.index(first), key=f"begin_way_{platform}", format_func=view.ways.label
    )
    return platform, channel


def _answers(view: NewDraft, channel: str) -> Mapping[str, str]:
    """The post that it is to answer, and how; nothing where it answers none."""
    if view.answers is None:
        return {}
    able = [kind for kind in KINDS if kind in view.ways.answers(channel)]
    if not able:
        st.caption(
            f"{escape(view.ways.label(channel))} cannot answer posts: choose another way out to answer this one."
        )
        return {}
    kind = st.segmented_control(
        "Answers a post", able, default=able[0], key="begin_answers", format_func=lambda one: KINDS[one], required=True
    )
    answering = {**view.answers.answering, "kind": str(kind)}
    answered.draw(answering)
    return answering


def _first_words(view: NewDraft, template: Template | None) -> Writing:
    return Writing(
        text=render(template, {}).text if template else "",
        template=template.name if template else None,
        topic=view.moment.topic if view.moment else None,
        reactive=view.moment is not None,
    )


def _start(here: Here, opportunity_id: int | None, writing: Writing) -> None:
    made: list[int] = []
    if context.attempt(lambda: made.append(draft.start(here.house.store, here.token, writing, opportunity_id))):
        st.query_params.clear()
        st.query_params["draft"] = str(made[0])
        st.rerun()
