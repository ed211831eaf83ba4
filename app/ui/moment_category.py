"""The kind of a moment on its page: the category in words, the form by which a person corrects it, and the reasons to
stay out. Apart from `moment_evidence`, which shows what the verdict rests on."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.moment_category import Kind, Situation, eight
from workflow.classify import choose_category
from workflow.rules.roles import may


def situations(found: tuple[Situation, ...], said: Collection[str] = ()) -> None:
    """Why silence may be the better word here, and what to do instead. `said`: sentences that stand on the page."""
    if not found:
        return
    with st.container(border=True, gap="small"):
        markdown("**Think twice before you react**")
        for one in found:
            why = "" if one.why in said else f" {escape(one.why)}"
            markdown(f":material/do_not_disturb_on: **{escape(one.title)}.**{why}  \n{escape(one.instead)}")


def kind(here: Here, alert_id: int, found: Kind | None) -> None:
    """What kind of moment it is and who says so, with the way to say otherwise."""
    if found is None:
        return
    with st.container(gap="xsmall"):
        part = f": {escape(found.part)}" if found.part else ""
        markdown(f"**{escape(found.title)}{part}** · {escape(found.terms)}")
        st.caption(_who_says(found))
        if may(here.person.role, "correct"):
            with st.expander("It is another kind of moment", icon=":material/category:"):
                _form(here, alert_id, found)


def _who_says(found: Kind) -> str:
    said = f"{escape(found.note)} " if found.note else ""
    if found.chosen_by:
        said += f"{escape(found.chosen_by)} chose this: “{escape(found.why)}”"
    else:
        said += f"{escape(found.why)} A suggestion: correct it if it is wrong."
    if found.machine:
        said += f" · The machine says: {escape(found.machine)}."
    if found.also:
        said += f" Who signs for “{escape('”, “'.join(found.also))}” signs too: it was that when people decided."
    return said


def _times(alert_id: int) -> int:
    """How often this reader has chosen here: a new key each time, so that the next form is empty."""
    return int(st.session_state.get(f"kind_times_{alert_id}", 0))


def _form(here: Here, alert_id: int, found: Kind) -> None:
    lines = eight()
    times = _times(alert_id)
    keys = f"kind_key_{alert_id}_{times}", f"kind_why_{alert_id}_{times}"
    with st.form(f"kind_form_{alert_id}_{times}", border=False, enter_to_submit=False):
        st.selectbox(
            "Kind of moment", list(lines), index=list(lines).index(found.key) if found.key in lines else None,
            format_func=lambda key: lines[key], key=keys[0],
        )  # fmt: skip
        st.text_input("Why", key=keys[1], placeholder="One line, for whoever signs")
        st.caption("It decides how long you have and who must sign. Choose again to take it back.")
        st.form_submit_button("Make it this kind", on_click=_choose, args=(here, alert_id, *keys))


def _choose(here: Here, alert_id: int, key: str, why: str) -> None:
    chosen, reason = st.session_state.get(key), str(st.session_state.get(why, ""))
    deed = lambda: choose_category(here.house.store, here.token, alert_id, str(chosen), reason)  # noqa: E731
    if context.attempt(deed, done="Kept. The signers follow the new kind."):
        st.session_state[f"kind_times_{alert_id}"] = _times(alert_id) + 1
