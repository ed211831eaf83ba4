"""Set-up: the brand in a new workspace, and the people who work in it. For administrators."""

from __future__ import annotations

import streamlit as st

from app.ui import brand_form, context, member_form
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import ago
from app.views.team import Member, TeamView, team_view
from workflow import access, accounts
from workflow.rules.approvals import REQUIRED
from workflow.rules.roles import PLAIN, Role


def draw() -> None:
    """A new workspace first gets its brand, then its people."""
    here = context.here()
    view = team_view(here.house, here.person, here.token)
    if not view.may_administer:
        st.info("This workspace is being set up. An administrator enters the brand; come back in a while.")
        return
    if view.brand is None:
        brand_form.draw(here)
        return
    st.title("Set-up")
    watched = f"{view.monitors} {'monitor' if view.monitors == 1 else 'monitors'}"
    read = f"{view.sources} {'source' if view.sources == 1 else 'sources'}"
    st.caption(f"{watched}, {read}. Change them on the Monitors and Sources pages.")
    brand_form.shown(here, view.brand)
    _people(here, view)
    _add(here)


def _people(here: Here, view: TeamView) -> None:
    markdown("### People")
    if view.signers <= REQUIRED:
        st.warning(
            f"{view.signers} people may sign. A post needs two who did not write it: three signers or more keep the "
            "team able to work when one is away.",
            icon=":material/groups:",
        )
    for member in view.members:
        _member(here, view, member)


def _member(here: Here, view: TeamView, member: Member) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        seen = f"seen {ago(member.seen_at, view.now)}" if member.seen_at else "never signed in"
        status = seen if member.active else ":red[no access]"
        you = " :gray[(you)]" if member.me else ""
        markdown(
            f"**{escape(member.name)}**{you} · {member.role}  \n"
            f":small[:gray[{escape(' · '.join(_known_by(member)))} ·] {status}]"
        )
        with st.container(horizontal=True, width="content"):
            member_form.button(member)
            if not member.active:
                _restore(here, member)
            elif not member.me:
                _revoke(here, member)
    member_form.draw(here, view, member)


def _known_by(member: Member) -> list[str]:
    """What tells this account from others."""
    found = [member.username, member.email, member.zone, "" if member.has_password else "no password"]
    if member.same_as:
        found.append(f"same person as {', '.join(member.same_as)}")
    return [one for one in found if one]


def _restore(here: Here, member: Member) -> None:
    deed = lambda: accounts.restore(here.house.store, here.token, member.id)  # noqa: E731
    if st.button("Give access back", key=f"restore_{member.id}") and context.attempt(
        deed, done=f"{member.name} may sign in again."
    ):
        st.rerun()


def _revoke(here: Here, member: Member) -> None:
    with st.popover("Revoke", icon=":material/person_off:"):
        markdown(f"{escape(member.name)} is signed out everywhere at once, and cannot sign in again.")
        deed = lambda: accounts.revoke(here.house.store, here.token, member.id)  # noqa: E731
        if st.button("Take the access away", type="primary", key=f"revoke_{member.id}") and context.attempt(
            deed, done=f"{member.name} has no access any more."
        ):
            st.rerun()


def _add(here: Here) -> None:
    markdown("### Add somebody")
    with st.form("add_person", border=True, enter_to_submit=False):
        first, second = st.columns(2), st.columns(2)
        name = first[0].text_input("Name", key="add_name")
        username = first[1].text_input("User name", key="add_username", autocomplete="off")
        roles = [one.value for one in Role]
        role = second[0].selectbox("Role", roles, key="add_role", format_func=lambda one: PLAIN[Role(one)])
        zone = second[1].text_input("Time zone", value=here.person.zone, key="add_zone")
        third = st.columns(2)
        email = third[0].text_input("E-mail", key="add_email", autocomplete="off")
        provider = here.house.settings.oidc
        empty = " Leave it empty for who will sign in at the company's provider." if provider else ""
        password = third[1].text_input(
            "First password",
            type="password",
            key="add_password",
            autocomplete="new-password",
            help=f"At least {access.SHORTEST_PASSWORD} characters. Hand it over in person.{empty}",
        )
        sent = st.form_submit_button("Add", type="primary", icon=":material/person_add:")
    if sent and context.attempt(
        lambda: accounts.add_person(
            here.house.store,
            here.token,
            username,
            name,
            role,
            password,
            zone.strip(),
            email,
            needs_password=not provider,
        ),
        done=f"{name} can sign in now.",
    ):
        st.rerun()


draw()
