"""Sources: is everything that we listen to still talking, and if not, since when and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from app.ui import context, source_form, webhook_key
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, outside, shorten
from app.ui.times import ago, clock_time, span
from app.views import sources as view
from app.views.sources import SourceCard, SourcesView
from workflow import sources as deeds
from workflow.rules.roles import may

BEAT = timedelta(seconds=5)
LONGEST_ANSWER = 240
SILENT = {
    "asked": "It has not been read yet.",
    "followed": "It has not been connected yet.",
    "called": "Nothing was delivered yet.",
}
ASKED = "Asked for: it is read within seconds."
NEXT = {"asked": "next reading", "followed": "next attempt to connect", "called": ""}


def draw() -> None:
    """The health of every source, kept fresh, and the forms for a new one and for changing one."""
    here = context.here()
    st.title("Sources")
    webhook_key.show(here)
    health()
    if may(here.person.role, "watch"):
        st.page_link("pages/deliveries.py", label="Deliveries that could not be read", icon=":material/move_to_inbox:")
    if may(here.person.role, "administer"):
        if called := view.called(here.house.store):
            webhook_key.renewal(here, called)
        if found := view.settings(here.house.store):
            with st.expander("Change a source", icon=":material/edit:"):
                source_form.change(here, found)
        with st.expander("Add a source", icon=":material/add:"):
            source_form.new(here)


@st.fragment(run_every=BEAT)
@context.read_only("sources")
def health() -> None:
    """The cards, read again every few seconds. No dialog or popover stands in here: a beat would close it."""
    here = context.here()
    found = view.read(here.house.store)
    if not found.cards:
        markdown("**Nothing is listened to yet.** An administrator adds the first source below.")
        return
    count = f"{len(found.cards)} source{'s' if len(found.cards) > 1 else ''}"
    st.caption(f"{count}, {found.failing} failing" if found.failing else f"{count}, none failing")
    for card in found.cards:
        _card(here, found, card)


def _card(here: Here, found: SourcesView, card: SourceCard) -> None:
    with st.container(border=True, key=f"source_{card.id}"):
        words, controls = st.columns([3, 1], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.subheader(escape(card.name), anchor=False, width="content")
                badge(card.health)
            label = view.kinds()[card.kind].label if card.kind in view.kinds() else card.kind
            st.caption(f"{escape(label)} · {_rhythm(card)}", width="content")
            _answer(found, card)
            st.caption(_times(here, found, card))
        with controls.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _controls(here, card)


def _rhythm(card: SourceCard) -> str:
    return {
        "asked": f"every {span(card.every)}",
        "followed": "stays connected",
        "called": f"called at /hooks/{card.id}",
    }[card.shape]


def _answer(found: SourcesView, card: SourceCard) -> None:
    """The last answer in plain words, after what matters more than it."""
    if card.switched_off_at is not None:
        when = ago(card.switched_off_at, found.now)
        why = escape(shorten(card.switched_off_why, LONGEST_ANSWER))
        markdown(f"**Tact switched it off {when}.** {why}")
        return
    if card.loud:
        markdown("**No official warnings come from here:** the brake cannot see them. Tact keeps asking.")
    outside(shorten(card.said, LONGEST_ANSWER) or SILENT[card.shape])


def _times(here: Here, found: SourcesView, card: SourceCard) -> str:
    what = "delivery" if card.shape == "called" else "answer"
    said = [f"last good {what} {ago(card.succeeded_at, found.now)}" if card.succeeded_at else f"no good {what} yet"]
    if card.lag is not None:
        said.append(f"newest post {span(card.lag)} old when it came")
    if card.failures:
        since = f" since {clock_time(card.failing_since, here.person, found.now)}" if card.failing_since else ""
        said.append(f"**{card.failures} failure{'s' if card.failures > 1 else ''} in a row{since}**")
    if card.next_poll_at is not None and card.health != view.CONNECTED:
        wait = card.next_poll_at - found.now
        when = f"{clock_time(card.next_poll_at, here.person, found.now)}, in {span(wait)}" if wait > BEAT else "now"
        said.append(f"{NEXT[card.shape]} {when}")
    if card.address:
        said.append(escape(shorten(card.address, 80)))
    return " · ".join(said)


def _controls(here: Here, card: SourceCard) -> None:
    able = may(here.person.role, "administer")
    if card.switched_off_at is not None and able:
        _mend(here, card)
        return
    key = f"enabled_{card.id}"
    # The table is the truth: a refused switch falls back to it at the next run.
    st.session_state[key] = card.enabled
    st.toggle("On", key=key, disabled=not able, on_change=_switch, args=(here, card, key))
    if card.enabled and card.shape == "asked" and (able or may(here.person.role, "triage")):
        _deed(f"poll_{card.id}", "Read now", lambda: deeds.poll_now(here.house.store, here.token, card.id))


def _mend(here: Here, card: SourceCard) -> None:
    """One click brings it back; the other agrees."""
    store, token = here.house.store, here.token
    _deed(f"mend_{card.id}", "Read it again", lambda: deeds.read_again(store, token, card.id), first=True)
    left = f"{clean(card.name)} stays off."
    _deed(f"leave_{card.id}", "Leave it off", lambda: deeds.leave_off(store, token, card.id), done=left)


def _deed(key: str, label: str, deed: Callable[[], None], first: bool = False, done: str = ASKED) -> None:
    if st.button(label, key=key, type="primary" if first else "secondary") and context.attempt(deed, done=done):
        st.rerun()


def _switch(here: Here, card: SourceCard, key: str) -> None:
    wanted = bool(st.session_state[key])
    done = f"{clean(card.name)} is {'on' if wanted else 'off'}."
    context.attempt(lambda: deeds.set_enabled(here.house.store, here.token, card.id, wanted), done=done)


draw()
