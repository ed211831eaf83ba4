"""The brand's profile, typed once when a workspace begins: what is watched, judged and spoken follows from it."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from scoring.contract import BrandProfile
from workflow.setup import found_brand, regions_in, words

# Field of the profile, label, what to type.
LISTS = (
    ("keywords", "Words of your trade", "Ten to fifteen, with commas: iced tea, loose-leaf, teapot"),
    ("products", "Products", "Names that people use"),
    ("competitors", "Competitors", "Whose name is mentioned beside yours"),
    ("pain_points", "What hurts your customers", "Three to five: late delivery, broken lid"),
    ("values", "What you stand for", "The checklist asks which of them a post serves"),
    ("never_list", "What you never speak about", "Politics, religion, a competitor's bad day"),
)


def draw(here: Here) -> None:
    """One form. It also brings the first monitors and sources."""
    st.title("Set up your workspace")
    st.caption("Tell Tact who speaks. It then watches these words and a few public sources; all of it can be changed.")
    with st.form("brand", border=True, enter_to_submit=False):
        first, second = st.columns(2), st.columns(2)
        name = first[0].text_input("Brand", key="brand_name", placeholder="As people write it")
        trade = first[1].text_input("Trade", key="brand_category", placeholder="Tea, outdoor clothing, banking …")
        regions = second[0].text_input("Regions", key="brand_regions", placeholder="GB, US-NJ; empty: everywhere")
        zone = second[1].text_input("Time zone", value=here.person.zone, key="brand_zone")
        typed = {}
        # Row by row, so that on a phone the fields keep their order.
        for (field, label, hint), column in zip(LISTS, [one for _ in range(3) for one in st.columns(2)], strict=True):
            typed[field] = column.text_area(label, key=f"brand_{field}", placeholder=hint, height=80)
        sent = st.form_submit_button("Begin", type="primary", icon=":material/flag:")
    if sent and context.attempt(
        lambda: _found(here, name, trade, regions, zone, typed), done="Your workspace is set up."
    ):
        st.rerun()


def _found(here: Here, name: str, trade: str, regions: str, zone: str, typed: dict[str, str]) -> None:
    lists = {field: words(text) for field, text in typed.items()}
    profile = BrandProfile(name=name.strip(), category=trade.strip(), regions=regions_in(regions), **lists)
    found_brand(here.house.store, here.token, profile, zone.strip())


def shown(profile: BrandProfile) -> None:
    """The profile as it stands, in one expander."""
    with st.expander(f"{escape(profile.name)}: the profile", icon=":material/badge:"):
        rows = [("Trade", profile.category), ("Regions", ", ".join(profile.regions) or "everywhere")]
        rows += [(label, ", ".join(getattr(profile, field))) for field, label, _ in LISTS]
        markdown("\n".join(f"- **{label}**: {escape(value) or '–'}" for label, value in rows))
