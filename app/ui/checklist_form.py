"""The checklist on the Drafts page: fifteen questions, what Tact knows about some of them, and the sum."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.checks import ChecksView, ItemView
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
    if checks.expired:
        st.warning(
            "The verdict on this moment has changed since these words were answered, so the answers no longer count. "
            "Read the verdict, then each question again: the earlier answers are filled in as a start.",
            icon=":material/history:",
        )
        return
    if not checks.answered:
        st.info("Nobody has answered the checklist for these words yet.", icon=":material/checklist:")
        return
    LOOK[checks.decision](escape(checks.sums))
    if checks.open:
        markdown("\n".join(f"- {escape(reason)}" for reason in checks.open))
    if checks.manager_said:
        st.caption(f"The manager said: {escape(checks.manager_said)}")


def _form(here: Here, view: DraftView, dirty: bool) -> None:
    if sent := clicks.clicked("answers"):
        _save(here, view, *sent)
    if view.checks.carried and not view.checks.expired:
        st.caption("Filled in from an earlier version. Read the questions again with the new words, then save.")
    mine = st.session_state.get(_mine(here, view), {})
    with st.form(f"checklist_{view.id}", border=True, enter_to_submit=False), st.container(gap="xsmall"):
        for step in view.checks.steps:
            markdown(f"**{escape(step.title)}**")
            for item in step.items:
                _item(view, item, mine.get(item.id))
        carried = clicks.carries("answers", view.content_hash, view.checks.verdict_key)
        st.form_submit_button("Save the answers", type="primary", disabled=dirty, **carried)
        if dirty:
            st.caption("Save the words first: the answers belong to exactly what is saved.")


def _save(here: Here, view: DraftView, seen_hash: str, seen_key: str) -> None:
    given = {item.id: _given(view, seen_hash, item) for step in view.checks.steps for item in step.items}
    kept = {item: answer for item, answer in given.items() if answer is not None}
    # They stay here until the store has them, also when the draft changed under a slow reader.
    st.session_state[_mine(here, view)] = kept
    deed = lambda: checking.answer(here.house.store, here.token, view.id, seen_hash, kept, seen_key)  # noqa: E731
    if context.attempt(deed, done="The answers are saved."):
        del st.session_state[_mine(here, view)]
        st.rerun()


def _key(view: DraftView, content_hash: str, item: ItemView) -> str:
    return f"check{view.id}.{content_hash[:12]}.{item.id}"


def _given(view: DraftView, content_hash: str, item: ItemView) -> Answer | None:
    key = _key(view, content_hash, item)
    value = st.session_state.get(key)
    return Answer(value, st.session_state.get(f"{key}.note") or "") if value in OPTIONS else None


def _mine(here: Here, view: DraftView) -> str:
    return f"checklist{view.id}.{here.person.id}.unsaved"


def _item(view: DraftView, item: ItemView, mine: Answer | None) -> None:
    start, first_note = (mine.value, mine.note) if mine else (item.value, item.note)
    key = _key(view, view.content_hash, item)
    asked, answered, noted = st.columns([5, 3, 3], vertical_alignment="center", gap="small")
    asked.markdown(escape(item.question), help=item.help)
    answered.radio(
        item.question,
        OPTIONS,
        index=next((place for place, value in enumerate(OPTIONS) if value == start), None),
        format_func=str.capitalize,
        horizontal=True,
        key=key,
        label_visibility="collapsed",
    )
    noted.text_input(
        f"Note on: {item.question}",
        value=first_note,
        key=f"{key}.note",
        placeholder="Note",
        label_visibility="collapsed",
    )
    if item.machine is not None:
        _machine(item, item.machine)


def _machine(item: ItemView, said: Answer) -> None:
    colour, tail = ("orange", " This counts, whatever is answered.") if item.machine_counts else ("gray", "")
    markdown(f":small[:{colour}[Tact says {said.value}: {escape(said.note)}{tail}]]")


def _manager(here: Here, view: DraftView) -> None:
    if ruled := clicks.clicked("decide"):
        _decide(here, view, *ruled)
    with st.form(f"decide_{view.id}", border=True):
        markdown("**Your decision as a manager**")
        st.text_input("Why", key=f"decide_why_{view.id}", placeholder="It is kept with the draft")
        row = st.container(horizontal=True)
        what = ("decide", view.content_hash)
        row.form_submit_button("It may go on", type="primary", **clicks.carries(*what, True))
        row.form_submit_button("Let it go", **clicks.carries(*what, False))


def _decide(here: Here, view: DraftView, seen_hash: str, go: bool) -> None:
    store, scorer = here.house.store, here.house.scorer
    reason = str(st.session_state.get(f"decide_why_{view.id}") or "")
    deed = lambda: checking.decide(store, scorer, here.token, view.id, seen_hash, go, reason)  # noqa: E731
    if context.attempt(deed, done="Your decision is saved."):
        st.rerun()
