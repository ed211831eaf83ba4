"""The checklist on the Drafts page: fifteen questions, what Tact knows about some of them, and the sum."""

from __future__ import annotations

from typing import get_args
from zlib import crc32

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.checks import ChecksView, ItemView
from app.views.draft import DraftView
from checklists.evaluate import Answer, Value
from workflow import checking
from workflow.checking import Expired

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
            "Read the verdict, then answer again: what was said before stands under each question.",
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


def read(checks: ChecksView) -> None:
    """Every question with its answer and note, for whoever signs."""
    with st.expander("The questions and their answers", icon=":material/checklist:"):
        for step in checks.steps:
            for item in step.items:
                value, note = (
                    (item.machine.value, item.machine.note)
                    if item.machine_counts and item.machine
                    else (item.value, item.note)
                )
                good = value == item.good
                icon = ":green[:material/check:]" if good else ":orange[:material/error:]"
                said = f" – {escape(note)}" if note else ""
                markdown(f":small[{icon} {escape(item.question)} **{value or 'not answered'}**{said}]")


def _form(here: Here, view: DraftView, dirty: bool) -> None:
    if sent := clicks.clicked("answers"):
        _save(here, view, *sent)
    if left := view.checks.to_confirm:
        many = "One answer was" if left == 1 else f"{left} answers were"
        st.caption(f"{many} given before and no longer count. Read each again, choose, then save.")
    mine = st.session_state.get(_mine(here, view), {})
    seen = (view.content_hash, view.checks.verdict_key)
    with st.form(f"checklist_{view.id}", border=True, enter_to_submit=False), st.container(gap="small"):
        for step in view.checks.steps:
            markdown(f"**{escape(step.title)}**")
            for item in step.items:
                with st.container(gap="xxsmall"):
                    _item(here, view, item, mine.get(item.id))
        st.form_submit_button("Save the answers", type="primary", disabled=dirty, **clicks.carries("answers", *seen))
        if dirty:
            st.caption("Save the words first: the answers belong to exactly what is saved.")


def _save(here: Here, view: DraftView, seen_hash: str, seen_key: str) -> None:
    given = {item.id: _given(view, (seen_hash, seen_key), item) for step in view.checks.steps for item in step.items}
    kept = {item: answer for item, answer in given.items() if answer is not None}
    # They stay here until the store has them, also when the draft changed under a slow reader.
    st.session_state[_mine(here, view)] = kept
    deed = lambda: checking.answer(here.house.store, here.token, view.id, seen_hash, kept, seen_key)  # noqa: E731
    if context.attempt(deed, done="The answers are saved."):
        del st.session_state[_mine(here, view)]
        st.rerun()


def _key(view: DraftView, seen: tuple[str, str], item: ItemView) -> str:
    """Where an item's answer stands: for other words, or another verdict, it stands nowhere yet."""
    return f"check{view.id}.{seen[0][:12]}.{crc32(seen[1].encode())}.{item.id}"


def _given(view: DraftView, seen: tuple[str, str], item: ItemView) -> Answer | None:
    key = _key(view, seen, item)
    value = st.session_state.get(key)
    return Answer(value, st.session_state.get(f"{key}.note") or "") if value in OPTIONS else None


def _mine(here: Here, view: DraftView) -> str:
    return f"checklist{view.id}.{here.person.id}.unsaved"


def _item(here: Here, view: DraftView, item: ItemView, mine: Answer | None) -> None:
    start, first_note = (mine.value, mine.note) if mine else (item.value, item.note)
    key = _key(view, (view.content_hash, view.checks.verdict_key), item)
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
    said = [_expired(here, view, item.expired)] if item.expired is not None else []
    if item.machine is not None:
        said.append(_machine(item, item.machine))
    elif item.evidence:
        said.append(f":gray[:material/search: {escape(item.evidence)}]")
    if said:
        markdown(f":small[{' '.join(said)}]")


def _expired(here: Here, view: DraftView, before: Expired) -> str:
    since = "the words were changed" if before.why == "words" else "the verdict changed"
    note = f" (“{escape(before.answer.note)}”)" if before.answer.note else ""
    at = clock_time(before.at, here.person, view.now)
    return f":orange[{escape(before.name)} said {before.answer.value}{note} at {at}, before {since}.]"


def _machine(item: ItemView, said: Answer) -> str:
    colour, tail = ("orange", " This counts, whatever is answered.") if item.machine_counts else ("gray", "")
    return f":{colour}[Tact says {said.value}: {escape(said.note)}{tail}]"


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
