"""Around every page: which pages a role has, the hold banner, and who is signed in."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context, cookie
from app.ui.text import escape
from app.ui.times import clock_time
from data.errors import StorageError
from scoring.contract import Scope
from workflow.access import Person, needs_first_administrator, sign_out
from workflow.brand import has_brand
from workflow.hold import OpenHold, open_holds
from workflow.rules.roles import PLAIN, may

# (file, title, icon, the action that a role must be allowed for the page to be in its menu)
PAGES = (
    ("desk", "Desk", ":material/notifications_active:", "read"),
    ("moment", "Moment", ":material/insights:", "read"),
    ("draft", "Drafts", ":material/edit_note:", "read"),
    ("approvals", "Approvals", ":material/approval:", "sign"),
    ("schedule", "Schedule & holds", ":material/event_busy:", "read"),
    ("kpis", "KPIs", ":material/monitoring:", "read_kpis"),
    ("sources", "Sources", ":material/rss_feed:", "read"),
    ("team", "Set-up", ":material/group:", "administer"),
)
BANNER_EVERY = timedelta(seconds=3)


def main() -> None:
    """Run the page that the address names, among those that this person has."""
    try:
        person = context.signed_in()
        pages = _pages(person)
    except StorageError as error:
        st.error(f"{error.message} The console can neither read nor save; nothing is published meanwhile.")
        st.caption("This page tries again when you reload it.")
        return
    chosen = st.navigation(pages, position="sidebar" if person else "hidden")
    if person is not None:
        context.touch()
        _sidebar(person)
        banner()
    chosen.run()


def _pages(person: Person | None) -> list[st.Page]:
    if person is None:
        return [st.Page("pages/sign_in.py", title="Sign in", default=True)]
    if not has_brand(context.house().store) or needs_first_administrator(context.house().store):
        return [st.Page("pages/team.py", title="Set-up", icon=":material/group:", default=True)]
    home = _home(person)
    return [
        st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == home, url_path=name)
        for name, title, icon, action in PAGES
        if may(person.role, action)
    ]


def _home(person: Person) -> str:
    """Where this role's day begins: writers at the desk, other signers at their queue."""
    if may(person.role, "triage"):
        return "desk"
    return "approvals" if may(person.role, "sign") else "kpis"


def _sidebar(person: Person) -> None:
    with st.sidebar:
        st.markdown(f"**{escape(person.display_name)}**  \n{PLAIN[person.role]}")  # noqa: TID251 - escaped above
        if st.button("Sign out", icon=":material/logout:", key="sign_out"):
            sign_out(context.house().store, context.token() or "")
            st.session_state[context.TOKEN] = None
            cookie.forget()
            st.rerun()


@st.fragment(run_every=BANNER_EVERY)
def banner() -> None:
    """While a hold is on, every page says so, within seconds of its opening."""
    with context.house().store.read() as tx:
        found = open_holds(tx)
        now = tx.now
    person = context.signed_in()
    for one in found[:3]:
        st.error(_sentence(one, person, now), icon=":material/front_hand:")
    if len(found) > 3:
        st.error(f"{len(found) - 3} more holds are on: see Schedule & holds.")


def _sentence(one: OpenHold, person: Person | None, now) -> str:  # type: ignore[no-untyped-def]
    reasons = escape("; ".join(dict.fromkeys(reason.text for reason in one.reasons))[:200])
    since = clock_time(one.opened_at, person, now)
    posts = "1 post" if one.posts == 1 else f"{one.posts} posts"
    return f"**On hold: {escape(scope_in_words(one.scope))}** since {since}, {posts} stopped. {reasons}"


def scope_in_words(scope: Scope) -> str:
    """What a hold covers, as people say it."""
    return {
        "everything": "everything",
        "region": f"posts seen in {scope.value}",
        "topic": f"posts about {scope.value}",
        "channel": f"posts on {scope.value}",
    }[scope.kind]
