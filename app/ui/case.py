"""One case on the Approvals page: everything that a signature rests on, then the three answers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import (
    answered,
    checklist_form,
    clicks,
    company,
    media_case,
    moment_card,
    password,
    pictures,
    preview,
    since,
    style,
    tier,
    turned,
)
from app.ui.context import Here
from app.ui.draft_editor import guardrails
from app.ui.frame import scope_in_words
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.approvals import ApprovalsView, Case
from data.reference import playbook
from workflow import approve
from workflow.rules.approvals import Decision

OPEN = "_case_open"
BAR = "answer_bar"


def draw(here: Here, view: ApprovalsView, case: Case, answered: tuple[Any, ...] | None) -> None:
    """The whole case, the most important first, and the answers in a bar that stays under the thumb.

    What turned in its moment stands above everything, and again where it is signed.
    """
    if case.moment is not None:
        turned.banner(case.moment.alert_id, "Since this was written")
    if case.holds:  # one box, however many hold it: on a phone the words to sign should not lie a screen below
        scopes = ", ".join(dict.fromkeys(escape(scope_in_words(scope)) for scope in case.holds))
        st.warning(
            f"A hold is on {scopes}. Signed now, the post waits until two people lift it.",
            icon=":material/front_hand:",
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        since.draw(case.since, here.person, view.now, case.ways)
        _words(here, view, case)
    with right:
        if case.moment is not None:
            moment_card.draw(case.moment, here.person, view.now, case.closes_at)
        checklist_form.outcome(case.checks)
        checklist_form.read(case.checks)
        _agreed(case, view)
        _people(here, view, case)
    _bar(here, case, answered)


def _people(here: Here, view: ApprovalsView, case: Case) -> None:
    """Who signed, who is wanted, who has read it."""
    markdown(f"**{escape(case.standing)}**")
    for one in case.signatures:
        markdown(f":small[:gray[{escape(one.name)} signed at {clock_time(one.at, here.person, view.now)}]]")
    tier.draw(case.tier)
    since.others(case.looked, here.person, view.now)
    company.draw(case.id, None)


def _words(here: Here, view: ApprovalsView, case: Case) -> None:
    """The exact words, and when and where they would go."""
    shown = pictures.thumbs(here, case.media)
    preview.draw(playbook(case.platform), case.text, case.brand, shown, answering=case.answering)
    answered.link(case.answering, f"case_{case.id}")
    media_case.draw(here, case.media)
    planned = preview.when(case.planned_for, here.person, view.now)
    kind = "" if case.moment else " · planned, it answers no moment"
    markdown(f":small[Leaves {planned} · {escape(case.ways.label(case.channel))}{kind}]")
    markdown(f":small[:gray[{_facts(case)}]]")


def _facts(case: Case) -> str:
    """Who wrote it, who sees it, what it is about, and how many pictures it has."""
    where = ", ".join(case.regions) or "everywhere"
    parts = [f"Written by {' and '.join(case.authors)}", f"version {case.number}", f"seen {where}"]
    if case.topic:
        parts.append(f"about {case.topic}")
    parts += ["promotional" if case.promotional else "not promotional", pictures.counted(case.media)]
    return escape(" · ".join(parts))


def _agreed(case: Case, view: ApprovalsView) -> None:
    if case.template is not None:
        with st.expander(f"Agreed for “{escape(case.template.title)}”", icon=":material/shield:"):
            guardrails(case.template, view.now)
    for label, said in case.evidence:
        markdown(f":small[**{escape(label)}**: {escape(said)}]")


def _bar(here: Here, case: Case, answered: tuple[Any, ...] | None) -> None:
    """The three answers, always in reach. Each carries the content that is on this screen, and signs nothing else."""
    style.stays_below(BAR)
    with st.container(key=BAR, gap="xsmall"):
        if answered:
            sign(here, *answered)
        if password.waiting(_place(case.id)):
            if password.ask(here, _place(case.id)):
                on()
            return
        if case.moment is not None:
            turned.beside(case.moment.alert_id)
        for why in case.blocked:
            markdown(f":red[:material/block: {escape(why)}]")
        if case.effect and not case.blocked:
            markdown(f":small[:gray[{escape(case.effect)}]]")
        with st.container(horizontal=True, gap="small"):
            _approve(case)
            _object(case)


def _approve(case: Case) -> None:
    what = ("sign", case.id, case.content_hash, Decision.APPROVE, case.turn)
    st.button(
        "Approve",
        type="primary",
        icon=":material/check:",
        width="stretch",
        key=f"approve_{case.id}",
        disabled=bool(case.blocked),
        **clicks.carries(*what),
    )


def _object(case: Case) -> None:
    what = ("sign", case.id, case.content_hash)
    with st.popover("Not like this", icon=":material/reply:", width="stretch"):
        st.text_area("What should change, or why not", key=f"reason_{case.id}", height=90)
        again = clicks.carries(*what, Decision.CHANGES)
        st.button("Ask for changes", width="stretch", key=f"changes_{case.id}", **again)
        no = clicks.carries(*what, Decision.REJECT)
        st.button("Reject for good", width="stretch", key=f"reject_{case.id}", **no)


DONE = {
    Decision.APPROVE: "Signed.",
    Decision.CHANGES: "The author has your words.",
    Decision.REJECT: "Rejected.",
}


def sign(here: Here, draft_id: int, seen_hash: str, decision: Decision, seen_turn: int | None = None) -> None:
    """One of the three answers, on the content – and by the verdict – that was on the screen."""
    store = here.house.store
    reason = "" if decision == Decision.APPROVE else str(st.session_state.get(f"reason_{draft_id}") or "")
    deed = lambda: approve.sign(store, here.token, draft_id, seen_hash, decision, reason, seen_turn)  # noqa: E731
    place = _place(draft_id)
    if password.attempt(place, deed, DONE[decision]) and not password.waiting(place):
        on()


def _place(draft_id: int) -> str:
    # A deed of one draft is never asked about beside another.
    return f"signing_{draft_id}"


def on() -> None:
    """On to the next most urgent case."""
    st.query_params.clear()
    st.session_state[OPEN] = None
    st.rerun()
