"""The checklist on the Drafts page: fifteen questions, what Tact knows about some of them, and the sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.checks import ChecksView, ItemView, StepView
from app.views.draft import DraftView
from checklists.evaluate import Answer, Value
from workflow import checking

OPTIONS: tuple[Value, ...] = get_args(Value)
LOOK = {"go": st.success, "manager_go": st.success, "manager": st.warning, "skip": st.error, "stop": st.error}


def draw(here: Here, view: DraftView, dirty: bool) -> None:
    """The sum, the questions as one form, and the manager's word where it is asked for."""
    markdown(f"### {view.checks.title}")
    outcome(view.checks)
    if view.can_answer:
        _form(here, view, dirty)
    if view.can_decide:
        _manager(here, view)


def outcome(checks: ChecksView) -> None:
    """What the answers add up to; while some are missing, how many."""
    if not checks.answered:
        st.info("Nobody has answered the checklist for these words yet.", icon=":material/checklist:")
        return
    LOOK[checks.decision](escape(checks.sums))
    if checks.open:
        markdown("\n".join(f"- {escape(reason)}" for reason in checks.open))
    if checks.manager_said:
        st.caption(f"The manager said: {escape(checks.manager_said)}")


def _form(here: Here, view: DraftView, dirty: bool) -> None:
    if view.checks.carried:
        st.caption("Filled in from an earlier version. Read the questions again with the new words, then save.")
    with st.form(f"checklist_{view.id}", border=True, enter_to_submit=False), st.container(gap="xxsmall"):
        mine = st.session_state.get(_mine(here, view), {})
        answers = {item.id: answer for step in view.checks.steps for item, answer in _step(view, step, mine)}
        sent = st.form_submit_button("Save the answers", type="primary", disabled=dirty)
        if dirty:
            st.caption("Save the words first: the answers belong to exactly what is saved.")
    if sent:
        kept = {item: answer for item, answer in answers.items() if answer is not None}
        # They stay here until the store has them, also when the draft changes under a slow reader.
        st.session_state[_mine(here, view)] = kept
        deed = lambda: checking.answer(here.house.store, here.token, view.id, view.content_hash, kept)  # noqa: E731
        if context.attempt(deed, done="The answers are saved."):
            del st.session_state[_mine(here, view)]
            st.rerun()


def _mine(here: Here, view: DraftView) -> str:
    return f"checklist{view.id}.{here.person.id}.unsaved"


def _step(view: DraftView, step: StepView, mine: Mapping[str, Answer]) -> list[tuple[ItemView, Answer | None]]:
    markdown(f"**{escape(step.title)}**")
    return [(item, _item(view, item, mine.get(item.id))) for item in step.items]


def _item(view: DraftView, item: ItemView, mine: Answer | None) -> Answer | None:
    start, first_note = (mine.value, mine.note) if mine else (item.value, item.note)
    key = f"check{view.id}.{view.content_hash[:12]}.{item.id}"
    asked, answered, noted = st.columns([5, 3, 3], vertical_alignment="center", gap="small")
    asked.markdown(escape(item.question), help=item.help)
    value = answered.radio(
        item.question,
        OPTIONS,
        index=next((place for place, value in enumerate(OPTIONS) if value == start), None),
        format_func=str.capitalize,
        horizontal=True,
        key=key,
        label_visibility="collapsed",
    )
    note = noted.text_input(
        f"Note on: {item.question}",
        value=first_note,
        key=f"{key}.note",
        placeholder="Note",
        label_visibility="collapsed",
    )
    if item.machine is not None:
        _machine(item, item.machine)
    return Answer(value, note) if value is not None else None


def _machine(item: ItemView, said: Answer) -> None:
    colour, tail = ("orange", " This counts, whatever is answered.") if item.machine_counts else ("gray", "")
    markdown(f":small[:{colour}[Tact says {said.value}: {escape(said.note)}{tail}]]")


def _manager(here: Here, view: DraftView) -> None:
    with st.form(f"decide_{view.id}", border=True):
        markdown("**Your decision as a manager**")
        reason = st.text_input("Why", key=f"decide_why_{view.id}", placeholder="It is kept with the draft")
        row = st.container(horizontal=True)
        go = row.form_submit_button("It may go on", type="primary")
        let_go = row.form_submit_button("Let it go")
    if go or let_go:
        store, scorer = here.house.store, here.house.scorer
        deed = lambda: checking.decide(store, scorer, here.token, view.id, view.content_hash, go, reason)  # noqa: E731
        if context.attempt(deed, done="Your decision is saved."):
            st.rerun()
