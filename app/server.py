"""What `streamlit run` serves: the console's pages, two routes for the sign-in's cookie, and one for deliveries."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from app import hooks, oidc
from app.settings import load
from app.ui.cookie import ROUTES

# A folder called `pages` beside the entry switches Streamlit's older navigation on until somebody's first
# `st.navigation`: the first visit after a start would find a page without its frame. This is what that call sets.
PagesManager.uses_pages_directory = False

app = st.App(Path(__file__).parent / "main.py", routes=[*ROUTES, hooks.route()], secrets=oidc.secrets(load()))
