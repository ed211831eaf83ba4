"""The little that the theme cannot say: a red button for the brake. Our own style sheet, never words from outside."""

from __future__ import annotations

import streamlit as st

_RED = """<style>
.st-key-{key} button[kind="primary"], .st-key-{key} button[kind="primaryFormSubmit"] {{
  background: #b42318; border-color: #b42318; color: #fff; font-weight: 650; }}
.st-key-{key} button[kind="primary"]:hover, .st-key-{key} button[kind="primaryFormSubmit"]:hover {{
  background: #912018; border-color: #912018; }}
</style>"""


def red(key: str) -> None:
    """Make the primary buttons in the container with this key red, in both themes."""
    st.html(_RED.format(key=key))
