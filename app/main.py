"""The console's entry: who is here decides which pages there are. Nothing else happens in this file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.ui import context, cookie, frame

ICON = Path(__file__).parent / "ui" / "static" / "icon.png"

st.set_page_config(page_title="Tact", page_icon=ICON, layout="wide")
frame.main()
cookie.hand_over()
context.show_notice()
