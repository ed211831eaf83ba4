"""What is new to the reader of a case, and who else has seen it: drawn above the words, because it is read first."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.ui import diff
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.since import Looked, Since
from app.views.ways import WaysOut
from workflow.access import Person

_DID = {"approve": "signed", "changes": "asked for changes to", "reject": "rejected", "": "read"}


def draw(since: Since | None, person: Person, now: datetime, ways: WaysOut) -> None:
    """The difference from the version that the reader knows; nothing on a first reading."""
    if since is None:
        return
    at = f" at {clock_time(since.seen_at, person, now)}" if since.seen_at and not since.decision else ""
    said = f": “{escape(since.reason)}”" if since.reason else "."
    with st.container(border=True, gap="xsmall"):
        markdown(f"**You {_DID[since.decision]} version {since.number}{at}**{said}")
        if not since.same_words:
            st.caption("Since then:")
            diff.draw(since.changed)
        elif since.others:
            st.caption("The words are the same. What changed since then:")
        else:
            st.caption("Since then nothing in the post has changed. What is new is why it is here again.")
        diff.beside(since.others, person, now, ways)


def others(looked: tuple[Looked, ...], person: Person, now: datetime) -> None:
    """Who else has had it before their eyes, in one small line."""
    if not looked:
        markdown(":small[:gray[Nobody else who may sign has opened this yet.]]")
        return
    said = [
        f"{escape(one.name)} read {'this version' if one.newest else f'version {one.number} only'} "
        f"({clock_time(one.at, person, now)})"
        for one in looked
    ]
    markdown(f":small[:gray[{' · '.join(said)}]]")
