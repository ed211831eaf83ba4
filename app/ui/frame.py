"""Around every page: which pages a role has, the hold banner, and who is signed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import streamlit as st

from app.ui import bell, coming_back, context, cookie, practice, sign_in, source_notice, style, way
from app.ui.text import escape, shorten
from app.ui.times import clock_time
from scoring.contract import Scope
from workflow.access import Person, needs_first_administrator, sign_out
from workflow.brand import has_brand
from workflow.held import OpenHold, held_posts, open_holds, still_leaving
from workflow.rules.roles import PLAIN, may

OWN = "you"
# (file, title, icon, the action that a role must be allowed for the page to be in its menu)
PAGES = (
    ("desk", "Desk", ":material/notifications_active:", "read"),
    ("live", "Live", ":material/sensors:", "read"),
    ("moment", "Moment", ":material/insights:", "read"),
    ("draft", "Drafts", ":material/edit_note:", "read"),
    ("approvals", "Approvals", ":material/approval:", "sign"),
    ("schedule", "Schedule & holds", ":material/event_busy:", "read"),
    ("published", "Published", ":material/campaign:", "read"),
    ("inbox", "Inbox", ":material/notifications:", "read"),
    ("monitors", "Monitors", ":material/visibility:", "read"),
    ("backtest", "Backtest", ":material/history:", "read"),
    ("sources", "Sources", ":material/rss_feed:", "read"),
    ("deliveries", "Deliveries", ":material/move_to_inbox:", "watch"),
    ("duty", "On duty", ":material/event_available:", "read"),
    ("kpis", "KPIs", ":material/monitoring:", "read_kpis"),
    ("report", "Weekly report", ":material/summarize:", "read_kpis"),
    ("story", "Story", ":material/menu_book:", "read_kpis"),
    ("calls", "Calls out", ":material/outbox:", "administer"),
    ("channels", "Channels", ":material/cell_tower:", "administer"),
    ("team", "Set-up", ":material/group:", "administer"),
    (OWN, "You", ":material/account_circle:", "read"),
)
# Fourteen entries in one column are a list to search; under three headings they are places. What has no heading is
# opened from elsewhere: one's own page stands under one's own name, and the inbox under the bell.
SECTIONS: dict[str, tuple[str, ...]] = {
    "Work": ("desk", "live", "moment", "draft", "approvals", "schedule", "published"),
    "Watch": ("monitors", "backtest", "sources", "deliveries"),
    "Team": ("duty", "kpis", "report", "story", "channels", "calls", "team"),
}
BANNER_EVERY = timedelta(seconds=3)


def main() -> None:
    """Run the page that the address names, among those that this person has."""
    style.page()
    with context.read_only("page"):
        coming_back.take_in()
        person = context.signed_in()
        pages = _pages(person)
        chosen = st.navigation(pages, position="sidebar" if person else "hidden", expanded=True)
        if person is not None:
            context.belongs_to(person)
            # On its own: while another program holds the database, the page can still be read.
            with context.read_only("sign-in"):
                context.touch()
            _sidebar(person, set_up=len(pages) > 1)
            said = st.container()
            banner(set_up=len(pages) > 1)
        chosen.run()
        if person is not None:
            with said:  # last: a page that leads on to another one would take the words with it
                coming_back.say()


def _pages(person: Person | None) -> dict[str, list[st.Page]]:
    if person is None:
        # At every address: after signing in, the link that somebody followed still leads where it should.
        doors = [st.Page(sign_in.draw, title="Sign in", url_path=name) for name, *_ in PAGES]
        return {"": [st.Page(sign_in.draw, title="Sign in", default=True), *doors]}
    if not has_brand(context.house().store) or needs_first_administrator(context.house().store):
        return {"": [st.Page("pages/team.py", title="Set-up", icon=":material/group:", default=True)]}
    home = st.Page(_home, title="Home", default=True, visibility="hidden")
    again = st.Page(coming_back.leave, title="Sign in again", url_path=coming_back.AGAIN, visibility="hidden")
    beside = [again] if context.house().settings.oidc else []
    menu = {name: _page(person, name, *rest) for name, *rest in PAGES}
    sections = {title: [menu.pop(name) for name in names] for title, names in SECTIONS.items()}
    return {"": [home, *menu.values(), *beside], **sections}


def _page(person: Person, name: str, title: str, icon: str, action: str) -> st.Page:
    if may(person.role, action):
        # One's own page stands under one's own name, and the inbox under the bell, not in the list.
        shown: Literal["visible", "hidden"] = "hidden" if name in (OWN, "inbox") else "visible"
        return st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name, visibility=shown)
    return st.Page(_not_yours, title=title, icon=icon, url_path=name, visibility="hidden")


def _home() -> None:
    """Where a role's day begins: writers at the desk, other signers at their queue."""
    role = context.here().person.role
    going = way.found()
    if going is not None and any(name == going[0] and may(role, action) for name, _, _, action in PAGES):
        st.switch_page(f"pages/{going[0]}.py", query_params=going[1])
    if may(role, "triage"):
        st.switch_page("pages/desk.py")
    st.switch_page("pages/approvals.py" if may(role, "sign") else "pages/kpis.py")


def _not_yours() -> None:
    role = PLAIN[context.here().person.role]
    st.info(f"This page is not for your role ({role}). The menu shows what is; an administrator can change roles.")


def _sidebar(person: Person, *, set_up: bool) -> None:
    with st.sidebar:
        st.markdown(f"**{escape(person.display_name)}**  \n{PLAIN[person.role]}")  # noqa: TID251 - escaped above
        if set_up:
            st.page_link(f"pages/{OWN}.py", label="Your account", icon=":material/account_circle:")
        if st.button("Sign out", icon=":material/logout:", key="sign_out"):
            sign_out(context.house().store, context.token() or "")
            context.forget_everything()
            st.session_state[context.TOKEN] = None
            cookie.forget()
            st.rerun()


@st.fragment(run_every=BANNER_EVERY)
@context.read_only("banner")
def banner(*, set_up: bool = False) -> None:
    """While a hold is on, every page says so, within seconds of its opening; and the bell, once there is an inbox."""
    with context.house().store.read() as tx:
        found = open_holds(tx)
        now = tx.now
        stopped, leaving = held_posts(tx), still_leaving(tx)
    person = context.signed_in()
    if found:
        st.error(_sentence(found, stopped, leaving, person, now), icon=":material/front_hand:")
    practice.banner(person)
    source_notice.draw(person)
    if set_up:
        bell.draw(person)


def _sentence(found: tuple[OpenHold, ...], stopped: int, leaving: int, person: Person | None, now: datetime) -> str:
    """All holds in one sentence, so that the banner never pushes the page off a phone."""
    scopes = ", ".join(dict.fromkeys(escape(scope_in_words(one.scope)) for one in found))
    since = clock_time(found[0].opened_at, person, now)
    posts = "1 post" if stopped == 1 else f"{stopped} posts"
    going = f" **{leaving} that began before {'is' if leaving == 1 else 'are'} still on the way.**" if leaving else ""
    reasons = list(dict.fromkeys(reason.text for one in found for reason in one.reasons))
    why = escape(shorten(" ".join(reasons[:2]), 160))
    return f"**On hold: {scopes}** since {since}, {posts} stopped.{going} {why}"


def scope_in_words(scope: Scope) -> str:
    """What a hold covers, as people say it."""
    return {
        "promotional": f"promotional posts{f' seen in {scope.value}' if scope.value else ''}",
        "everything": "everything",
        "region": f"posts seen in {scope.value}",
        "topic": f"posts about {scope.value}",
        "channel": f"posts on {scope.value}",
    }[scope.kind]
