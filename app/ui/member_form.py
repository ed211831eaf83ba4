"""One account on the Set-up page, opened by its administrator: role, address, sign-ins, and whose else it is.

Beside `app/pages/team.py`, which lists everybody: only the account that is being changed draws its fields.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context, sign_in_list
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.team import Member, TeamView
from workflow import accounts, identities, sessions
from workflow.rules.roles import PLAIN, Role

_OPEN = "member_being_changed"


def button(member: Member) -> None:
    """Open this account, or close it again."""
    is_open = st.session_state.get(_OPEN) == member.id
    if st.button("Close" if is_open else "Change", key=f"change_{member.id}"):
        st.session_state[_OPEN] = None if is_open else member.id
        st.rerun()


def draw(here: Here, view: TeamView, member: Member) -> None:
    """The fields of the account that is open; nothing for any other."""
    if st.session_state.get(_OPEN) != member.id:
        return
    with st.container(border=True):
        _role_and_address(here, member)
        markdown("**One person with two accounts**")
        _same_person(here, view, member)
        markdown("**Open sign-ins**")
        _sign_ins(here, view, member)
        if member.provider:
            _provider(here, member)


def _role_and_address(here: Here, member: Member) -> None:
    fields = st.columns(2)
    roles = [one.value for one in Role]
    role = fields[0].selectbox(
        "Role", roles, index=roles.index(member.role_key), format_func=_plain, key=f"role_{member.id}"
    )
    email = fields[1].text_input("E-mail", value=member.email, key=f"email_{member.id}")

    def deed() -> None:
        accounts.change(here.house.store, here.token, member.id, role, email)

    if st.button("Save", type="primary", key=f"save_member_{member.id}") and context.attempt(
        deed, f"{member.name} is changed. It counts from their next click."
    ):
        st.rerun()


def _plain(role: str) -> str:
    return PLAIN[Role(role)]


def _same_person(here: Here, view: TeamView, member: Member) -> None:
    if member.same_as:
        names = ", ".join(escape(name) for name in member.same_as)
        markdown(f"This account and {names} are one person: together they sign once, and never their own words.")
        deed = lambda: accounts.separate(here.house.store, here.token, member.id)  # noqa: E731
        if st.button("They are different people", key=f"separate_{member.id}") and context.attempt(deed, "Separated."):
            st.rerun()
    names_by_id = {one.id: f"{one.name} ({one.username})" for one in view.members if one.id != member.id}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        other = st.selectbox(
            "The same person as",
            list(names_by_id),
            index=None,
            format_func=names_by_id.__getitem__,
            placeholder="Choose the other account",
            key=f"same_{member.id}",
        )
        pressed = st.button("Link them", key=f"link_{member.id}", disabled=other is None)
    if pressed and other is not None:
        link = lambda: accounts.link(here.house.store, here.token, member.id, other)  # noqa: E731
        if context.attempt(link, "Linked: the two count as one person from now on."):
            st.rerun()


def _sign_ins(here: Here, view: TeamView, member: Member) -> None:
    if not member.sign_ins:
        st.caption("None.")
        return
    sign_in_list.draw(here, member.sign_ins, view.now)
    deed = lambda: sessions.end_all(here.house.store, here.token, member.id)  # noqa: E731
    if (
        not member.me
        and st.button("End all of them", key=f"end_all_{member.id}")
        and context.attempt(deed, f"{member.name} is signed out everywhere.")
    ):
        st.rerun()


def _provider(here: Here, member: Member) -> None:
    markdown(f"**Known at the provider** as {escape(member.provider)}")
    deed = lambda: identities.unlink(here.house.store, here.token, member.id)  # noqa: E731
    if st.button("Forget that", key=f"unlink_{member.id}") and context.attempt(
        deed, f"{member.name} has to be known anew at the next sign-in there."
    ):
        st.rerun()
