"""The little that the theme cannot say: less air, and a red brake. Our own style sheet, never words from outside."""

from __future__ import annotations

import streamlit as st

_RED = """<style>
.st-key-{key} button[kind="primary"], .st-key-{key} button[kind="primaryFormSubmit"] {{
  background: #b42318; border-color: #b42318; color: #fff; font-weight: 650; }}
.st-key-{key} button[kind="primary"]:hover, .st-key-{key} button[kind="primaryFormSubmit"]:hover {{
  background: #912018; border-color: #912018; }}
</style>"""


_TIGHT = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.4rem; padding-bottom: 4rem; }
[data-testid="stSidebarHeader"] { margin-bottom: 0; }
.st-key-desk_top { padding-top: 0.8rem; }
@media (max-width: 640px) {
  [data-testid="stMain"] [data-testid="stPageLink-NavLink"] { min-height: 2.75rem; height: auto; }
  [data-testid="stMain"] [data-testid="stPageLink-NavLink"] * { white-space: normal; overflow: visible; }
  [data-testid="stMain"] [data-testid="stBaseButton-primary"],
  [data-testid="stMain"] [data-testid="stBaseButton-secondary"],
  [data-testid="stMain"] [data-testid="stBaseButton-tertiary"],
  [data-testid="stMain"] [data-testid="stPopoverButton"],
  [data-testid="stMain"] [data-testid="stButtonGroup"] button { min-height: 2.75rem; }
}
</style>"""

# Everything above scrolls behind it; the page's own colour, so that words do not shine through in either theme.
_BELOW = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-{key}) {{ position: sticky; bottom: 0; z-index: 50; }}
.st-key-{key} {{ padding: 0.6rem 0 0.8rem; background: light-dark(#fbfaf7, #14181c);
  border-top: 1px solid rgba(128, 128, 128, 0.35); }}
.st-key-{key} button {{ min-height: 3rem; }}
</style>"""


# What a platform's post looks like, as far as it helps to judge the words: the shape, never the brand's marks.
_LOOKS = """<style>
[class*="st-key-look_"] p { line-height: 1.45; }
.st-key-look_post, .st-key-look_wide, .st-key-look_photo { max-width: 34rem; }
.st-key-look_story, .st-key-look_clip { max-width: 19rem; }
.st-key-look_screen { min-height: 26rem; padding: 0.9rem; border-radius: 14px; color: #fff;
  background: linear-gradient(165deg, #38434d, #14181c); }
.st-key-look_screen * { color: #fff; }
.st-key-look_frame { aspect-ratio: 1; max-height: 18rem; border-radius: 6px; background: rgba(128, 128, 128, 0.14); }
.st-key-look_hidden { border-left: 3px solid rgba(128, 128, 128, 0.35); padding-left: 0.7rem; opacity: 0.85; }
</style>"""


# A table of many narrow columns: on a phone it keeps to the screen, and scrolls within itself where it cannot.
_NARROW = """<style>
.st-key-{key} table {{ display: block; overflow-x: auto; width: fit-content; max-width: 100%; }}
.st-key-{key} th, .st-key-{key} td {{ padding: 0.3rem 0.35rem; white-space: nowrap; font-size: 0.85rem; }}
.st-key-{key} td:first-child {{ white-space: normal; min-width: 6.5rem; max-width: 13rem; }}
</style>"""


def page() -> None:
    """Less air above every page, for a phone's first screen is what counts; and 44 pixels for a thumb (WCAG 2.5.5)."""
    st.html(_TIGHT)


def red(key: str) -> None:
    """Make the primary buttons in the container with this key red, in both themes."""
    st.html(_RED.format(key=key))


def stays_below(key: str) -> None:
    """Keep the container with this key at the bottom of the screen while the page scrolls, with targets for thumbs."""
    st.html(_BELOW.format(key=key))


def narrow(key: str) -> None:
    """Let the table in the container with this key be read on a phone."""
    st.html(_NARROW.format(key=key))


def looks() -> None:
    """The shapes of the previews."""
    st.html(_LOOKS)
