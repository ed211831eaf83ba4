"""The bell: how many notices are unread, on every page, and the way to them. It stands in the bar on top, also on a
phone, where the menu is folded away. Drawn by the banner's fragment, so that it counts within seconds.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context
from workflow.access import Person
from workflow.inbox import unread

_PLACE = """<style>
.st-key-bell { position: fixed; top: 0.45rem; right: 3.6rem; z-index: 1000000; width: auto; }
.st-key-bell [data-testid="stPageLink"] a { padding: 0.15rem 0.5rem; border-radius: 0.5rem; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding-top: 4.2rem; } }
[data-testid="stLayoutWrapper"]:has(> .st-key-bell) { position: absolute; height: 0; }
</style>"""


def draw(person: Person | None) -> None:
    """A link with the count. Nothing for who is not signed in."""
    if person is None:
        return
    with context.house().store.read() as tx:
        count = unread(tx, person.id)
    with st.container(key="bell"):
        st.html(_PLACE)
        icon = ":material/notifications_unread:" if count else ":material/notifications:"
        label = f"**{min(count, 99)}{'+' if count > 99 else ''} new**" if count else "Inbox"
        st.page_link("pages/inbox.py", label=label, icon=icon, help="Your inbox")
