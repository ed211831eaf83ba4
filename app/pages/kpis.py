"""KPIs: how fast, how selective, what it brought, what was stopped. Every figure says from how many it comes."""

from __future__ import annotations

import streamlit as st

from app.ui import agreement, context, kpi_parts, kpi_sections, lift
from app.ui.text import markdown
from app.ui.times import clock_time


def draw() -> None:
    """The filters, what a manager reads first, then section by section; each chart with its figures under it."""
    here = context.here()
    st.title("KPIs")
    found = kpi_parts.filters(here)
    if found is None:
        return
    if found.empty:
        markdown("**Nothing happened in this period**: no alert, no post and no hold. A quiet day is no fast day.")
    else:
        kpi_parts.strip(found.headline)
        since, until = (clock_time(at, here.person, found.until) for at in (found.since, found.until))
        st.caption(
            f"Moments noticed from {since} until {until} and what became of them; posts and holds by when they left "
            "and began. Before: as long, right before that. This page's address keeps the period and the platform."
        )
        kpi_sections.speed(found)
        kpi_sections.choice(found)
        kpi_sections.echo(found)
        kpi_sections.brake(here, found)
        kpi_sections.judgement(here, found)
        kpi_parts.downloads(found)
    agreement.section(here)
    lift.section(here)


draw()
