"""Sources: is everything that we listen to still talking, and if not, since when and why."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context, webhook_key
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, outside, shorten
from app.ui.times import ago, clock_time, span
from app.views import sources as view
from monitors.sources import Kind, Push, Setting, discover
from workflow import sources as deeds
from workflow.rules.roles import may

BEAT = timedelta(seconds=5)
LONGEST_ANSWER = 240


def draw() -> None:
    """The health of every source, kept fresh, and the form for a new one."""
    here = context.here()
    st.title("Sources")
    webhook_key.show()
    health()
    if may(here.person.role, "watch"):
        st.page_link("pages/deliveries.py", label="Deliveries that could not be read", icon=":material/move_to_inbox:")
    if may(here.person.role, "administer"):
        if called := view.called(here.house.store):
            webhook_key.renewal(here, called)
        with st.expander("Add a source", icon=":material/add:"):
            _add(here)


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


def _card(here: Here, found: view.SourcesView, card: view.SourceCard) -> None:
    with st.container(border=True, key=f"source_{card.id}"):
        words, controls = st.columns([3, 1], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.subheader(escape(card.name), anchor=False, width="content")
                badge(card.health)
                label = _kinds()[card.kind].label if card.kind in _kinds() else card.kind
                rhythm = f"called at /hooks/{card.id}" if card.called else f"every {span(card.every)}"
            st.caption(f"{escape(label)} · {rhythm}", width="content")
            unread = "Nothing was delivered yet." if card.called else "It has not been read yet."
            outside(shorten(card.said, LONGEST_ANSWER) or unread)
            st.caption(_times(here, found, card))
        with controls.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _controls(here, card)


def _times(here: Here, found: view.SourcesView, card: view.SourceCard) -> str:
    good = f"last good answer {ago(card.succeeded_at, found.now)}" if card.succeeded_at else "no good answer yet"
    said = [good]
    if card.failures:
        said.append(f"**{card.failures} failure{'s' if card.failures > 1 else ''} in a row**")
    if card.next_poll_at is not None:
        wait = card.next_poll_at - found.now
        when = f"{clock_time(card.next_poll_at, here.person, found.now)}, in {span(wait)}" if wait > BEAT else "now"
        said.append(f"next reading {when}")
    if card.address:
        said.append(escape(shorten(card.address, 80)))
    return " · ".join(said)


def _controls(here: Here, card: view.SourceCard) -> None:
    key = f"enabled_{card.id}"
    # The table is the truth: a refused switch falls back to it at the next run.
    st.session_state[key] = card.enabled
    able = may(here.person.role, "administer")
    st.toggle("On", key=key, disabled=not able, on_change=_switch, args=(here, card, key))
    if card.enabled and not card.called and (able or may(here.person.role, "triage")):
        asked = st.button("Read now", key=f"poll_{card.id}")
        if asked and context.attempt(
            lambda: deeds.poll_now(here.house.store, here.token, card.id), done="Asked for: it is read within seconds."
        ):
            st.rerun()


def _switch(here: Here, card: view.SourceCard, key: str) -> None:
    wanted = bool(st.session_state[key])
    done = f"{clean(card.name)} is {'on' if wanted else 'off'}."
    context.attempt(lambda: deeds.set_enabled(here.house.store, here.token, card.id, wanted), done=done)


@st.cache_resource(show_spinner=False)
def _kinds() -> dict[str, Kind]:
    return discover()


def _add(here: Here) -> None:
    kinds = _kinds()
    kind = st.selectbox("Kind", list(kinds), format_func=lambda name: kinds[name].label, key="new_kind")
    source = kinds[kind]
    pushes = isinstance(source, Push)
    with st.form(f"add_{kind}", border=False):
        name = st.text_input("Name", key=f"{kind}_name", help="How alerts will call it.", max_chars=200)
        config = {one.name: _field(one, f"{kind}_{one.name}") for one in source.settings}
        minutes = st.number_input(
            "Wonder after … minutes without a delivery" if pushes else "Read every … minutes",
            1,
            24 * 60,
            int(source.default_interval / timedelta(minutes=1)),
            key=f"{kind}_minutes",
        )
        sent = st.form_submit_button("Add", type="primary")
    if not sent:
        return
    given = {key: value for key, value in config.items() if value not in ("", None)}
    secrets = {
        one.name: str(given.pop(one.name)) for one in source.settings if one.kind == "secret" and one.name in given
    }
    store, token, every = here.house.store, here.token, timedelta(minutes=minutes)

    def add() -> None:
        seal = here.house.seal
        new = deeds.add(store, token, kind, name, given, every, source.check, secrets=secrets, seal=seal)
        if pushes:
            webhook_key.hand_out(here, new, name)

    done = "Added: copy its key now." if pushes else "Added: its first reading follows."
    if context.attempt(add, done=done):
        st.rerun()


def _field(one: Setting, key: str) -> object:
    """The widget for a setting; an empty answer leaves the kind's own default in force."""
    asked = one.required or one.kind in ("flag", "choice") or one.default not in (None, "", ())
    label = one.label if asked else f"{one.label} (if you like)"
    if one.kind == "flag":
        return st.checkbox(label, value=bool(one.default), help=one.help, key=key)
    if one.kind == "choice":
        first = one.choices.index(str(one.default)) if one.default in one.choices else 0
        return st.selectbox(label, one.choices, index=first, help=one.help, key=key)
    if one.kind == "secret":
        return st.text_input(label, type="password", help=one.help, key=key, autocomplete="new-password")
    default = "" if one.default is None or one.kind == "list" else str(one.default)
    hint = "separated by spaces" if one.kind == "list" else ""
    return st.text_input(label, value=default, help=one.help, placeholder=hint, key=key)


draw()
