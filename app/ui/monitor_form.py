"""The form behind "Watch something new" and "Change": words, what they would have raised, and only then Save.

What is typed lives in the session under the form's own keys until it is saved or put away, so that no refusal loses
a word.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import clean, escape, markdown
from app.ui.times import clock_time
from app.views.monitors import MonitorCard
from monitors.backtest import Backtest, would_have_raised
from monitors.matching import MonitorRule
from workflow import watching
from workflow.setup import FLOOR, words
from workflow.watching import KINDS, Watched

EDITING = "monitor_editing"
MOST_TOLD = 8
LATER = "It begins to count when it is saved, and raises nothing for its first 24 hours."
OTHER_LANGUAGES = "A text that says it is in another language is not ours. One that says nothing always counts."
SAME_COUNTS = "What was counted so far stays as it was; the usual moves to the new words within a week."


def new(here: Here) -> None:
    """A monitor that is not there yet."""
    st.session_state.setdefault("monitor_name_0", "")
    name = st.text_input("Name", key="monitor_name_0", max_chars=200, placeholder="What alerts will call it")
    kind = st.selectbox("What it is", list(KINDS), format_func=lambda one: KINDS[one], key="monitor_kind_0")
    st.caption(LATER)

    def save(asked: Watched, _: Watched) -> None:
        store, token = here.house.store, here.token
        watching.add_monitor(store, token, name, kind, asked.terms, asked.exclusions, asked.floor)

    _form(here, 0, name, Watched((), (), FLOOR), save, f"{clean(name)} is watched from now on.")


def opener(card: MonitorCard) -> None:
    """The button that opens and closes a card's form."""
    is_open = st.session_state.get(EDITING) == card.id
    st.button("Close" if is_open else "Change", key=f"change_{card.id}", on_click=_toggle, args=(card, not is_open))


def change(here: Here, card: MonitorCard) -> None:
    """The form inside the card that is being changed."""
    if st.session_state.get(EDITING) != card.id:
        return

    def save(asked: Watched, seen: Watched) -> None:
        store, token = here.house.store, here.token
        more = _more(card)
        watching.change_monitor(store, token, card.id, seen, asked.terms, asked.exclusions, asked.floor, more)

    st.caption(SAME_COUNTS)
    _form(here, card.id, card.name, card.watched, save, f"{clean(card.name)} is changed.", card)


def _more_fields(card: MonitorCard) -> None:
    """Name, kind, languages and the wait: what a monitor that is there has beside its words."""
    state, number = st.session_state, card.id
    state.setdefault(f"monitor_name_{number}", card.name)
    state.setdefault(f"monitor_kind_{number}", card.kind_key)
    state.setdefault(f"monitor_languages_{number}", ", ".join(card.watched.languages))
    state.setdefault(f"monitor_cooldown_{number}", card.watched.cooldown_minutes)
    left, right = st.columns(2)
    left.text_input("Name", key=f"monitor_name_{number}", max_chars=watching.LONGEST_NAME)
    kinds = list(dict.fromkeys([*KINDS, card.kind_key]))
    right.selectbox("What it is", kinds, format_func=lambda one: KINDS.get(one, one), key=f"monitor_kind_{number}")
    left, right = st.columns(2)  # row by row, so that a phone keeps their order
    left.text_input(
        "Languages", key=f"monitor_languages_{number}", placeholder="en, de; nothing: all", help=OTHER_LANGUAGES
    )
    right.number_input(
        "Told again after … minutes", watching.LOWEST_COOLDOWN, watching.HIGHEST_COOLDOWN, None, 15,
        key=f"monitor_cooldown_{number}", placeholder="six hours, if empty", help="A doubling is told at once.",
    )  # fmt: skip


def _more(card: MonitorCard) -> watching.More:
    state, number = st.session_state, card.id
    languages = words(state[f"monitor_languages_{number}"])
    wait = state[f"monitor_cooldown_{number}"]
    name, kind = state[f"monitor_name_{number}"], state[f"monitor_kind_{number}"]
    return watching.More(name, kind, languages, None if wait is None else int(wait))


def _toggle(card: MonitorCard, wanted: bool) -> None:
    _put_away(card.id)
    st.session_state[EDITING] = card.id if wanted else None


def _put_away(number: int) -> None:
    for field in ("name", "kind", "languages", "cooldown", "terms", "exclusions", "floor", "tried"):
        st.session_state.pop(f"monitor_{field}_{number}", None)


def _form(
    here: Here,
    number: int,
    name: str,
    shown: Watched,
    save: Callable[[Watched, Watched], None],
    done: str,
    card: MonitorCard | None = None,
) -> None:
    state = st.session_state
    state.setdefault(f"monitor_terms_{number}", "\n".join(shown.terms))
    state.setdefault(f"monitor_exclusions_{number}", "\n".join(shown.exclusions))
    state.setdefault(f"monitor_floor_{number}", shown.floor)
    with st.form(f"monitor_form_{number}", border=False, enter_to_submit=False):
        if card is not None:
            _more_fields(card)
        left, right = st.columns(2)
        terms = left.text_area(
            "Words to watch", key=f"monitor_terms_{number}", help="A line or a comma between them. #tag: the tag alone."
        )
        without = right.text_area(
            "Leave out texts with", key=f"monitor_exclusions_{number}", help="A text with one of these is not ours."
        )
        floor = st.number_input("Never below … uses an hour", 1, watching.HIGHEST_FLOOR, key=f"monitor_floor_{number}")
        with st.container(horizontal=True):
            try_it = st.form_submit_button("What would it have raised?", icon=":material/history:")
            # Save means "instead of what the card says": the click takes that along.
            st.form_submit_button("Save", type="primary", **clicks.carries(f"monitor_{number}", shown))
    asked = (terms, without, int(floor))
    if try_it:
        context.attempt(lambda: _try(here, number, name, asked))
    seen = clicks.clicked(f"monitor_{number}")
    if seen is not None and context.attempt(lambda: save(_checked(asked), seen[0]), done=done):
        _put_away(number)
        state[EDITING] = None
        st.rerun()
    _tried(here, number, asked)


def _checked(asked: tuple[str, str, int]) -> Watched:
    return watching.checked(words(asked[0]), words(asked[1]), asked[2])


def _try(here: Here, number: int, name: str, asked: tuple[str, str, int]) -> None:
    rule = _checked(asked)
    with st.spinner("Reading the last seven days …"):
        monitor = MonitorRule(number, rule.terms, rule.exclusions)
        found = would_have_raised(here.house.store, monitor, rule.floor, name=name)
    st.session_state[f"monitor_tried_{number}"] = (asked, found)


def _tried(here: Here, number: int, asked: tuple[str, str, int]) -> None:
    """The answer, for as long as it belongs to the words in the form."""
    tried_for, found = st.session_state.get(f"monitor_tried_{number}", (None, None))
    if found is None or tried_for != asked:
        return
    with st.container(border=True, gap="xsmall"):
        number_of = len(found.alerts)
        times = "nothing" if not number_of else "1 alert" if number_of == 1 else f"{number_of} alerts"
        markdown(f"In the last {found.days} days it would have raised **{times}**. {_evidence(found)}")
        for one in found.alerts[-1 : -MOST_TOLD - 1 : -1]:
            when = clock_time(one.at, here.person, found.until + timedelta(days=1))
            markdown(f"- {when}: **{one.count:,.0f}** in the hour, {one.ratio:,.1f} × the usual {one.baseline:,.1f}")
        if number_of > MOST_TOLD:
            st.caption(f"The newest {MOST_TOLD} of them.")
        if found.caution:
            st.caption(f":material/hourglass_top: {escape(found.caution)}")


def _evidence(found: Backtest) -> str:
    if found.counted:
        return f"It has counted {found.matched:,} uses in that time."
    return f"{found.matched:,} of {found.items_seen:,} items taken in belong to it."
