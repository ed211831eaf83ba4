"""What was on the screen when a button was pressed.

Streamlit runs a page anew for every click, with whatever the store holds by then: code behind `if st.button(...)` would
sign, submit or answer for words that the person has never seen. A button whose meaning depends on what was shown
carries it along, and the page acts on that; the use case then compares it with the store.
"""

from __future__ import annotations

from typing import Any

import streamlit as st


def carries(name: str, *seen: object) -> dict[str, Any]:
    """Arguments for a button: at its click remember, under `name`, what was seen beside it."""
    return {"on_click": _remember, "args": (name, seen)}


def clicked(name: str) -> tuple[Any, ...] | None:
    """What the button that was just pressed carried, once; None when none was."""
    found: tuple[Any, ...] | None = st.session_state.pop(f"_clicked.{name}", None)
    return found


def _remember(name: str, seen: tuple[object, ...]) -> None:
    st.session_state[f"_clicked.{name}"] = seen
