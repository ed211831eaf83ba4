"""Saying that a verdict is right or wrong: of the whole moment, or of one of its texts – and what others said.

A word here changes no verdict and lifts nothing. Somebody's "stop" offers the pause; whoever presses that opens it.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.moment import Judged, MomentView
from app.views.moment_uses import ReadText
from app.views.words import FEELING, VERDICT
from scoring.contract import Scope
from workflow import corrections, hold
from workflow.corrections import SENTIMENT, TRAGEDY, Word
from workflow.rules.agreement import LABELS
from workflow.rules.roles import may

KEPT = "Kept. Thank you: it counts in the report of agreement."
_NAMES = {TRAGEDY: {label: VERDICT[label].text for label in LABELS[TRAGEDY]}, SENTIMENT: FEELING}


def verdict(here: Here, judged: Judged, moment: MomentView) -> None:
    """Everybody's newest word on the verdict, the pause that one of them asks for, and the reader's own turn."""
    for one in moment.said.verdict:
        _line(here, moment, one)
    alert_id = moment.card.alert_id
    with st.container(horizontal=True, gap="small"):
        if moment.said.asks_to_pause is not None and may(here.person.role, "open_hold"):
            _pause(here, moment, moment.said.asks_to_pause)
        if may(here.person.role, "correct"):
            with st.popover("Is that right?", icon=":material/rate_review:"):
                _on_verdict(here, alert_id, judged.tragedy)


def text(here: Here, moment: MomentView, item_id: int, read: ReadText) -> None:
    """The judge's word on one text, everybody's newest words on it, and the reader's own turn."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if read.tragedy:
            badge(VERDICT[read.tragedy])
        feeling = f" · {FEELING[read.sentiment]}" if read.sentiment else ""
        st.caption(f"{escape(read.sure.words)}{feeling}", width="content", help=read.sure.number or None)
        if read.tragedy and may(here.person.role, "correct"):
            with st.popover("Is that right?", type="tertiary"):
                _on_text(here, moment.card.alert_id, item_id, read)
    for one in moment.said.on(item_id):
        _line(here, moment, one)


def _line(here: Here, moment: MomentView, one: Word) -> None:
    at = clock_time(one.at, here.person, moment.now)
    name = _NAMES[one.aspect].get(one.person, one.person)
    what = "agreed" if one.agrees else f"says “{name}”"
    was = _NAMES[one.aspect].get(one.machine, one.machine)
    against = f" with “{was}”" if one.agrees else f", not “{was}”"
    why = f": {escape(one.reason)}" if one.reason else ""
    markdown(f":small[:material/person: **{escape(one.who)}** {what}{against}{why} :gray[{at}]]")


def _pause(here: Here, moment: MomentView, asked: Word) -> None:
    """One person opens it, as on the Schedule page; two lift it."""
    scope = Scope("topic", moment.card.topic)
    with st.popover("Pause posts about it", icon=":material/front_hand:"):
        count = len(hold.would_catch(here.house.store, scope).stops)
        posts = "1 waiting post" if count == 1 else f"{count} waiting posts"
        markdown(f"{escape(asked.who)} says “Stop”. This stops **{posts}** about {escape(moment.card.topic)}, and "
                 "every later one, until two people lift it.")  # fmt: skip
        note = asked.reason
        st.button("Pause now", type="primary", key=f"said_pause_{moment.card.alert_id}",
                  on_click=_open_hold, args=(here, scope, note))  # fmt: skip


def _open_hold(here: Here, scope: Scope, note: str) -> None:
    context.attempt(lambda: hold.open_by_person(here.house.store, here.token, scope, note), done="Paused.")


def _on_verdict(here: Here, alert_id: int, seen: str) -> None:
    place = f"verdict_{alert_id}_{seen}"
    st.button("That is right", key=f"right_{place}", icon=":material/check:", on_click=_agree,
              args=(here, alert_id, seen))  # fmt: skip
    others = [label for label in LABELS[TRAGEDY] if label != seen]
    keys = _form(place, "No, it is", TRAGEDY, others)
    if keys is not None:
        label, why = keys
        deed = lambda: corrections.correct_verdict(here.house.store, here.token, alert_id, seen, label, why)  # noqa: E731
        if context.attempt(deed, done=KEPT):
            st.rerun()
    st.caption("Your word is shown and counted. It does not change the verdict and lifts no hold.")


def _agree(here: Here, alert_id: int, seen: str) -> None:
    context.attempt(lambda: corrections.agree_with_verdict(here.house.store, here.token, alert_id, seen), done=KEPT)


def _on_text(here: Here, alert_id: int, item_id: int, read: ReadText) -> None:
    for aspect, seen, title in ((TRAGEDY, read.tragedy, "For harm, it is"), (SENTIMENT, read.sentiment, "Its mood is")):
        given = _form(f"text_{item_id}_{aspect}", title, aspect, list(LABELS[aspect]), seen)
        if given is not None and _keep_text(here, alert_id, item_id, aspect, *given):
            st.rerun()


def _keep_text(here: Here, alert_id: int, item_id: int, aspect: str, label: str, why: str) -> bool:
    store, scorer, token = here.house.store, here.house.scorer, here.token
    deed = lambda: corrections.correct_text(store, scorer, token, alert_id, item_id, aspect, label, why)  # noqa: E731
    return context.attempt(deed, done=KEPT)


def _form(place: str, title: str, aspect: str, labels: list[str], seen: str = "") -> tuple[str, str] | None:
    """A label and one line; None until both are sent. What the machine said may be chosen: that is agreement."""
    with st.form(f"said_{place}", border=False, clear_on_submit=False):
        label = st.segmented_control(
            title, labels, format_func=lambda one: _NAMES[aspect][one], key=f"said_label_{place}", wrap=True
        )
        needed = "Why (one line)" if not seen else f"Why, if it is not “{_NAMES[aspect][seen]}”"
        why = st.text_input(needed, key=f"said_why_{place}", max_chars=corrections.LONGEST_REASON)
        sent = st.form_submit_button("Keep my word")
    if not sent:
        return None
    if label is None:
        st.error("Choose what it is.", icon=":material/block:")
        return None
    return str(label), why
