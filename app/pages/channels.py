"""Channels: the team's accounts on platforms, whether each lets us in, and what waits for it."""

from __future__ import annotations

import streamlit as st

from app.account_check import Tried, try_out
from app.ui import account_form, context, links
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, outside, shorten
from app.ui.times import ago, clock_time
from app.views import channels as view
from app.views.channels import AccountCard, ChannelsView
from workflow import channel_accounts as deeds

MOST_POSTS = 5


def draw() -> None:
    """Every account, then the forms."""
    here = context.here()
    st.title("Channels")
    found = view.read(here.house)
    if found.cards:
        for card in found.cards:
            _card(here, found, card)
        markdown(f":small[:gray[Without an account: {escape(', '.join(found.without))}.]]")
    else:
        _nothing_yet(found)
    if found.kinds:
        with st.expander("Add an account", icon=":material/add:", expanded=not found.cards):
            account_form.new(here, found)
    if found.cards:
        with st.expander("Change an account", icon=":material/edit:"):
            account_form.change(here, found)


def _nothing_yet(found: ChannelsView) -> None:
    ways = " and ".join(f"**{escape(one)}**" for one in found.without)
    markdown(
        f"**No account yet, and none is needed to begin.** {ways} work without one: the first practises and sends "
        "nothing, with the second a person posts what was agreed. To let Tact post by itself, add an account."
        if len(found.without) == 2
        else f"**No account yet.** {ways} need none. To let Tact post by itself, add an account."
    )


def _card(here: Here, found: ChannelsView, card: AccountCard) -> None:
    with st.container(border=True, key=f"account_{card.id}"):
        words, controls = st.columns([3, 1], gap="small")
        with words.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.subheader(escape(card.name), anchor=False, width="content")
                badge(card.health)
            st.caption(escape(_kind(card)))
            _answer(here, found, card)
            _waits(here, found, card)
        with controls.container(horizontal=True, horizontal_alignment="right"):
            _controls(here, found, card)


def _kind(card: AccountCard) -> str:
    speaks = "" if card.platforms == (card.kind_label,) else f" · for {', '.join(card.platforms) or 'any platform'}"
    return f"{card.kind_label}{speaks}" + (f" · {shorten(card.address, 80)}" if card.address else "")


def _answer(here: Here, found: ChannelsView, card: AccountCard) -> None:
    """What it said when it was last tried, and what it asked for."""
    if card.locked:
        markdown(f":orange[{escape(card.locked)}]")
    if card.checked_at is None:
        st.caption("It has not been checked with these settings yet.")
    else:
        outside(card.said)
        st.caption(f"Checked {ago(card.checked_at, found.now)}.")
    if card.limited_until is not None:
        until = clock_time(card.limited_until, here.person, found.now)
        markdown(f":orange[The platform asked to be left alone until {until}. What is due waits until then.]")


def _waits(here: Here, found: ChannelsView, card: AccountCard) -> None:
    """The posts that are stuck here, where they are."""
    if card.enabled or not card.waiting:
        return
    many = (
        "1 post on the schedule waits" if len(card.waiting) == 1 else f"{len(card.waiting)} posts on the schedule wait"
    )
    markdown(f":orange[**{many} for it.** Switch it on in time, or choose another way out in the draft.]")
    _posts(here, found, card, linked=True)


def _posts(here: Here, found: ChannelsView, card: AccountCard, *, linked: bool) -> None:
    for post in card.waiting[:MOST_POSTS]:
        at = clock_time(post.publish_at, here.person, found.now)
        told = f"{at} · {shorten(post.text, 60) or 'no words'}"
        if linked:
            links.to_draft(post.draft_id, escape(told))
        else:
            markdown(f":small[{escape(told)}]")
    if len(card.waiting) > MOST_POSTS:
        st.caption(f"And {len(card.waiting) - MOST_POSTS} more.")


def _controls(here: Here, found: ChannelsView, card: AccountCard) -> None:
    if st.button("Check the account", key=f"check_{card.id}", icon=":material/network_check:"):
        _check(here, card)
    if not card.enabled:
        if st.button("Switch on", key=f"on_{card.id}", type="primary"):
            _switch(here, card, True)
        return
    with st.popover("Switch off", key=f"off_popover_{card.id}"):
        many = len(card.waiting)
        markdown(
            "Nothing leaves through it until it is on again. A post that comes due meanwhile is stopped; its author "
            "chooses another way out, or asks for fresh signatures once it is on. Figures and replies of "
            "what is already out are not read either."
        )
        if many:
            markdown(f"**{many} post{'s' if many > 1 else ''} on the schedule wait{'' if many > 1 else 's'} for it:**")
            _posts(here, found, card, linked=False)
        else:
            st.caption("No post on the schedule waits for it.")
        if st.button("Switch it off", key=f"off_{card.id}", type="primary"):
            _switch(here, card, False)


def _check(here: Here, card: AccountCard) -> None:
    made: list[Tried] = []
    with st.spinner(f"Signing in at {escape(card.kind_label)} …"):
        worked = context.attempt(lambda: made.append(try_out(here.house, here.token, card.id)))
    if not worked:
        return
    [tried] = made
    if not tried.kept:
        st.session_state[context.NOTICE] = "Somebody changed the account meanwhile. Check it again."
    elif tried.ok:  # what went wrong stands on the card, where it stays
        st.session_state[context.NOTICE] = shorten(tried.said, 200)
    st.rerun()


def _switch(here: Here, card: AccountCard, enabled: bool) -> None:
    done = f"{clean(card.name)} is {'on' if enabled else 'off'}."
    if context.attempt(lambda: deeds.switch(here.house.store, here.token, card.id, enabled), done=done):
        here.house.refresh_channels()
        st.rerun()


draw()
