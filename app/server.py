"""What `streamlit run` serves: the console's pages, and two routes for the sign-in's cookie."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.ui.cookie import ROUTES

app = st.App(Path(__file__).parent / "main.py", routes=ROUTES)
