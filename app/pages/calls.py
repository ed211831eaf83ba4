"""Calls out: the programs that are told what happens here, and whether e-mail goes out. For administrators."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context, live, program_forms
from app.ui.context import Here
from app.ui.text import escape, markdown
from data.errors import BadInput
from workflow import webhooks
from workflow.rules.roles import may
from workflow.webhooks import Program

LATELY = timedelta(days=7)


def draw() -> None:
    """The programs, each with its last answer; then the form for another one."""
    here = context.here()
    st.title("Calls out")
    if not may(here.person.role, "administer"):
        st.info("This page is not for your role. An administrator can change roles.")
        return
    st.caption(
        "People are told in their inbox. Here the same things are told to other programs: a chat, a pager, an "
        "external scheduler that shall stop when we stop. Each call is signed, so that they know it is us. What they "
        "receive is described in docs/notices.md."
    )
    _mail(here)
    program_forms.fresh_key(here)
    found = _read(here)
    live.changed("calls_changed", found, lambda: _read(here), "Something was answered: show it")
    now = here.house.store.now()
    for one in found:
        program_forms.card(here, one, now)
    markdown("#### Tell another program")
    program_forms.add(here)


def _read(here: Here) -> tuple[Program, ...]:
    with here.house.store.read() as tx:
        return webhooks.programs(tx, tx.now - LATELY)


def _mail(here: Here) -> None:
    with here.house.store.read() as tx:
        lost, why = webhooks.mails_given_up(tx, tx.now - LATELY)
    try:
        mailer = here.house.mailer
    except BadInput as error:
        st.error(escape(error.message), icon=":material/mail_off:")
        return
    if mailer is None:
        st.info("No mail server is set (TACT_SMTP_URL), so nobody is written to.", icon=":material/mail_off:")
        return
    markdown(f":material/mail: Urgent notices also go out as {escape(mailer.sender)} through {escape(mailer.host)}.")
    if lost:
        letters = "1 letter was" if lost == 1 else f"{lost} letters were"
        st.warning(f"{letters} given up in the last week: {escape(why)}", icon=":material/error:")


draw()
