"""Which notices a person also wants by e-mail: on their inbox, where they see what there is."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape
from workflow import inbox
from workflow.rules.notices import URGENT, WORDS, Kind


def draw(here: Here) -> None:
    """The kinds, with the urgent ones chosen until somebody chooses."""
    with here.house.store.read() as tx:
        address, chosen = inbox.mail_choice(tx, here.person.id)
    with st.expander("By e-mail as well", icon=":material/mail:"):
        if not address:
            st.caption("There is no e-mail address in your account yet. Give one on your own page.")
            st.page_link("pages/you.py", label="You", icon=":material/account_circle:")
            return
        st.caption(f"To {escape(address)}. The urgent kinds are sent to everybody who chose nothing else.")
        kinds = st.pills(
            "Send me",
            [kind.value for kind in Kind],
            format_func=lambda one: WORDS[Kind(one)].label,
            selection_mode="multi",
            default=[kind.value for kind in Kind if kind in (URGENT if chosen is None else chosen)],
            key="mail_kinds",
        )
        if st.button("Keep my choice", key="mail_keep", type="primary") and context.attempt(
            lambda: inbox.choose_mail(here.house.store, here.token, tuple(kinds)), done="Kept."
        ):
            st.rerun()
