"""The Live page's feed and its heat map: posts of the last day, each against what is usual, legible without colour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.ui import links, style
from app.ui.context import Here
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import ago
from app.views.live import Heat, Line, Trigger
from app.views.words import times_usual

LEGEND = (
    "▲▲ more than twice the usual, ▲ above it, ● as usual (within a fifth), ▼ below it, · nothing to compare. "
    "Each post against the thirty-day mean of its platform and kind at the same age."
)


def heat(lines: Sequence[Line]) -> None:
    """A row for each post, a column for each age; sign and number say what the colour says."""
    if not any(one.ratio is not None for line in lines for one in line.heat):
        st.caption("Nothing to compare with yet: five posts of one platform and kind make a usual.")
        return
    # Ages that no post has reached would only take room on a phone.
    reached = [n for n in range(len(lines[0].heat)) if any(line.heat[n].ratio is not None for line in lines)]
    ages = [lines[0].heat[n].age for n in reached]
    head = f"| post | {' | '.join(ages)} |\n|---|{'---|' * len(ages)}\n"
    rows = (f"| {_name(line)} | {' | '.join(_cell(line.heat[n]) for n in reached)} |" for line in lines)
    with st.container(key="live_heat"):
        style.narrow("live_heat")
        markdown(head + "\n".join(rows))
    st.caption(LEGEND)


def _name(line: Line) -> str:
    return f"{escape(line.platform)}, {escape(shorten(line.text, 22))}"


def _cell(one: Heat) -> str:
    if one.ratio is None:
        return one.sign
    return f":{one.colour}-background[{one.sign}&nbsp;{one.ratio:.1f}×]"


def feed(here: Here, lines: Sequence[Line], now: datetime) -> None:
    """Newest first; a post keeps its place while its figures change."""
    for line in lines:
        with st.container(border=True, gap="xsmall", key=f"feed_{line.id}"):
            newest = next((one for one in reversed(line.heat) if one.ratio is not None), None)
            badge = f" :{newest.colour}-badge[{newest.sign} {newest.ratio:.1f} × the usual]" if newest else ""
            held = " :red-badge[:material/front_hand: a hold covers it]" if line.held else ""
            markdown(f"**{escape(line.platform)}** · {escape(ago(line.at, now))}{badge}{held}")
            outside(shorten(line.text, 160))
            figures = " · ".join(f"{name} **{escape(value)}**" for name, value in line.figures)
            seen = f" :small[:gray[(read {escape(ago(line.seen_at, now))})]]" if line.seen_at else ""
            markdown(f"{figures}{seen}" if figures else ":gray[No figures yet.]")
            if line.forecast:
                markdown(f":small[{escape(line.forecast)}]")
            links.to_draft(line.draft_id, "The post")


def triggers(found: Sequence[Trigger], now: datetime) -> None:
    """What rises now, with how relevant it is to us."""
    if not found:
        st.caption("No open alert. What rises or turns comes here, with how relevant it is to you.")
    for one in found:
        whose = "agreed" if one.agreed else "the machine's guess"
        relevance = (
            f"relevance **{one.relevance:.0f} of 10** ({whose})" if one.relevance is not None else "being judged"
        )
        badge = f":{one.verdict.colour}-badge[{one.verdict.icon} {one.verdict.text}]"
        with st.container(border=True, gap="xsmall", key=f"trigger_{one.id}"):
            markdown(f"{badge} **{escape(one.topic)}** · {escape(ago(one.at, now))}")
            together = times_usual(one.ratio).replace(" ", "\N{NO-BREAK SPACE}")  # no line ends between figure and sign
            markdown(f"{relevance} · {escape(together)}")
            query = {"alert": str(one.id)}
            st.page_link(links.MOMENT, label="Open the moment", icon=":material/insights:", query_params=query)
