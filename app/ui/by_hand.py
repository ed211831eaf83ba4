""" "Add a moment by hand" on the Desk: somebody saw something that no source has brought."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.alert_deeds import KNOWN
from app.ui.context import Here
from workflow.by_hand import LONGEST_TEXT, LONGEST_TOPIC, raise_by_hand
from workflow.rules.roles import may

FIELDS = ("by_hand_topic", "by_hand_text", "by_hand_url")
_TIMES = "by_hand_times"


def button(here: Here) -> None:
    """The popover with its form, for those who triage. What is typed stays until it is raised."""
    if not may(here.person.role, "triage"):
        return
    # A new key after each use: the next popover is closed and empty.
    times = st.session_state.get(_TIMES, 0)
    with st.popover("Add by hand", icon=":material/add_alert:", key=f"by_hand_{times}"):
        st.caption("You saw something that no source has brought. It becomes an alert in your name, without figures.")
        with st.form(f"by_hand_form_{times}", border=False, enter_to_submit=False):
            for key in FIELDS:
                st.session_state.setdefault(key, "")
            topic = st.text_input("Topic", key=FIELDS[0], max_chars=LONGEST_TOPIC, placeholder="A name or a #hashtag")
            text = st.text_area("What did you see?", key=FIELDS[1], max_chars=LONGEST_TEXT, height=90)
            url = st.text_input("Address (if there is one)", key=FIELDS[2], placeholder="https://")
            sent = st.form_submit_button("Raise it", type="primary")
    if sent and context.attempt(lambda: _raise(here, topic, text, url)):
        for key in FIELDS:
            st.session_state.pop(key, None)
        st.session_state[_TIMES] = times + 1
        st.rerun()


def _raise(here: Here, topic: str, text: str, url: str) -> None:
    seen = raise_by_hand(here.house.store, here.token, topic, text, url)
    st.session_state[context.NOTICE] = seen.sentence
    # The person's own alert is no news to them: it is drawn at once.
    if KNOWN in st.session_state:
        st.session_state[KNOWN] = st.session_state[KNOWN] | {seen.alert_id}
