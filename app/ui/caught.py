"""A list of posts that a hold stops or would stop: what is read before the brake is pulled, and before it is let go.

Apart from `brake`, because a drill shows the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import clock_time
from data.reference import playbook
from workflow.held import HeldPost

# So many lines stand on the page itself; a longer list scrolls, so that the button below stays near (ours).
_LINES = 6


def how_many(count: int) -> str:
    """`1 post`, `3 posts`."""
    return "1 post" if count == 1 else f"{count} posts"


def listed(here: Here, posts: Sequence[HeldPost], now: datetime) -> None:
    """Each post with its time in the reader's zone, its platform and its first words."""
    if not posts:
        return
    with st.container(height=240 if len(posts) > _LINES else "content", border=False):
        markdown("\n".join(f"- {_line(here, post, now)}" for post in posts))


def _line(here: Here, post: HeldPost, now: datetime) -> str:
    at = f"**{clock_time(post.at, here.person, now)}** · " if post.at is not None else ""
    return f"{at}{escape(playbook(post.platform).label)} · {escape(shorten(post.text, 90))}"
