"""Noticing that the world moved on while a page stands open, without taking away what somebody reads or types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from app.ui import context

EVERY = timedelta(seconds=5)


def changed(key: str, drawn: object, look: Callable[[], object], words: str) -> None:
    """Every few seconds compare what was `drawn` with what `look` finds; where they differ, offer to show it."""

    @st.fragment(run_every=EVERY)
    @context.read_only("live")
    def watch() -> None:
        if look() != drawn and st.button(words, key=key, icon=":material/refresh:", type="primary"):
            st.rerun()

    watch()
