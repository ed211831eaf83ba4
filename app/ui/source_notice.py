"""Under the hold banner, on every page: sources that cannot be left to the Sources page.

Silent warnings concern everybody, since the brake listens to them; what Tact switched off concerns those who can
switch it on again.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.text import escape, shorten
from app.ui.times import ago
from app.views.sources import Notices, notices
from workflow.access import Person
from workflow.rules.roles import may

MOST_NAMED = 3


def draw(person: Person | None) -> None:
    """One line for each of the two, and the way to the page that has the reasons."""
    if person is None:
        return
    found = notices(context.house().store)
    off = found.switched_off if may(person.role, "administer") else ()
    if found.silent:
        st.warning(_silent(found), icon=":material/hearing_disabled:")
    if off:
        st.caption(f":material/power_off: Tact switched off {_named(off)}. See why, and mend it with one click.")
    if found.silent or off:
        st.page_link("pages/sources.py", label="Go to Sources", icon=":material/rss_feed:")


def _silent(found: Notices) -> str:
    since = ago(min(at for _, at in found.silent), found.now)
    names = _named(tuple(name for name, _ in found.silent))
    return f"**No official warnings from {names}**, last heard {since}: the brake cannot see what they would say."


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(escape(shorten(name, 40)) for name in names[:MOST_NAMED]) + more
