"""The signing key of an incoming webhook: made here, shown once with an example to copy, and renewed.

Apart from the page because the key must be drawn outside its beating fragment: it is on the screen exactly until
somebody says that it is kept, and can then be had from nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from data.signing import new_key
from workflow import deliveries as deeds
from workflow.rules.roles import may

_FRESH = "_fresh_webhook_key"
EXAMPLE = """\
KEY='{key}'
BODY='{{"schema": "tact/1", "events": [{{"id": "first", "text": "Hello from our shop"}}]}}'
ID="hello-$(date +%s)"; NOW=$(date +%s)
HEX=$(printf %s "${{KEY#whsec_}}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
SIG=$(printf %s "$ID.$NOW.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$HEX" -binary | base64)
curl {address} -H 'Content-Type: application/json' \\
  -H "webhook-id: $ID" -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIG" --data-binary "$BODY"
"""


@dataclass(frozen=True)
class Fresh:
    """A key that its person, who made it, has not yet kept."""

    person_id: int
    source_id: int
    name: str
    key: str


def hand_out(here: Here, source_id: int, name: str, end_old: bool = False) -> None:
    """Make a key for a source, and keep it in this session until it has been shown. Raises as the use case does."""
    key = new_key()
    deeds.renew_key(here.house.store, here.token, here.house.seal, source_id, key, end_old=end_old)
    st.session_state[_FRESH] = Fresh(here.person.id, source_id, name, key)


def show(here: Here) -> None:
    """The fresh key, if there is one, with how to use it: to whoever made it, for as long as they may."""
    fresh: Fresh | None = st.session_state.get(_FRESH)
    if fresh is None or fresh.person_id != here.person.id or not may(here.person.role, "administer"):
        return
    with st.container(border=True, key="fresh_key", gap="small"):
        markdown(f"**The signing key of {escape(fresh.name)}.** Copy it now: it is not shown again.")
        st.code(fresh.key, language=None, wrap_lines=True)
        with st.expander("Send a first delivery from a shell"):
            st.code(EXAMPLE.format(key=fresh.key, address=address(fresh.source_id)), language="bash")
        if st.button("I have kept it", key="key_kept", type="primary"):
            del st.session_state[_FRESH]
            st.rerun()


def renewal(here: Here, names: dict[int, str]) -> None:
    """For administrators: give one of these sources a new key."""
    with st.expander("Renew the key of a webhook", icon=":material/key:"):
        chosen = st.selectbox("Webhook", list(names), format_func=lambda one: names[one], key="renew_which")
        hours = int(deeds.OLD_KEY_LIVES.total_seconds() // 3600)
        st.caption(f"The key before it stays good for {hours} hours, so that nothing is lost while you change it.")
        leaked = st.checkbox("It has leaked: end the old key now", key="renew_end_old")
        with st.container(horizontal=True):
            if st.button("Make a new key", key="renew_key") and context.attempt(
                lambda: hand_out(here, chosen, names[chosen], leaked), done="The new key is above: copy it now."
            ):
                st.rerun()
            if st.button("Only end the old key", key="end_old_key") and context.attempt(
                lambda: deeds.end_old_key(here.house.store, here.token, chosen), done="Only the newest key is good now."
            ):
                st.rerun()


def address(source_id: int) -> str:
    """Where deliveries for a source are sent, as far as this browser knows the way here."""
    here = urlsplit(st.context.url or "https://tact.example/")
    return f"{here.scheme}://{here.netloc}/hooks/{source_id}"
