"""The brand's profile, typed when a workspace begins and changed later: what is judged and spoken follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from scoring.contract import BrandProfile
from workflow.setup import (
    MOST_PEOPLE,
    SELLS_TO,
    change_profile,
    found_brand,
    languages_in,
    regions_in,
    words,
)

# Field of the profile, label, what to type.
LISTS = (
    ("keywords", "Words of your trade", "Ten to fifteen, with commas: iced tea, loose-leaf, teapot"),
    ("products", "Products", "Names that people use"),
    ("competitors", "Competitors", "Whose name is mentioned beside yours"),
    ("pain_points", "What hurts your customers", "Three to five: late delivery, broken lid"),
    ("values", "What you stand for", "The checklist asks which of them a post serves"),
    ("never_list", "What you never speak about", "Politics, religion, a competitor's bad day"),
)
SOLD_TO = {"people": "People", "companies": "Companies"}
REGULATED = "Advertising rules bind our trade (money, health, medicine, alcohol, gambling)"


@dataclass(frozen=True)
class Typed:
    """The fields as they stand on the page; `profile` reads them and says what cannot be read."""

    trade: str
    regions: str
    languages: str
    cultures: str
    sells_to: str
    regulated: bool
    team_size: int
    lists: dict[str, str]

    def profile(self, name: str) -> BrandProfile:
        """BadInput where a field cannot be used."""
        said = {field: words(text) for field, text in self.lists.items()}
        return BrandProfile(
            name=name.strip(),
            category=self.trade.strip(),
            keywords=said["keywords"],
            products=said["products"],
            competitors=said["competitors"],
            pain_points=said["pain_points"],
            values=said["values"],
            never_list=said["never_list"],
            regions=regions_in(self.regions),
            languages=languages_in(self.languages),
            cultures=words(self.cultures),
            sells_to=self.sells_to,
            regulated=self.regulated,
            team_size=self.team_size,
        )


def draw(here: Here) -> None:
    """One form. It also brings the first monitors and sources."""
    st.title("Set up your workspace")
    st.caption("Tell Tact who speaks. It then watches these words and a few public sources; all of it can be changed.")
    with st.form("brand", border=True, enter_to_submit=False):
        first = st.columns(2)
        name = first[0].text_input("Brand", key="brand_name", placeholder="As people write it")
        zone = first[1].text_input("Time zone", value=here.person.zone, key="brand_zone")
        typed = _fields("brand", BrandProfile(""))
        sent = st.form_submit_button("Begin", type="primary", icon=":material/flag:")
    if sent and context.attempt(
        lambda: found_brand(here.house.store, here.token, typed.profile(name), zone.strip()),
        done="Your workspace is set up.",
    ):
        st.rerun()


def _fields(prefix: str, profile: BrandProfile) -> Typed:
    """Row by row, so that on a phone the fields keep their order."""
    rows = [st.columns(2) for _ in range(3 + len(LISTS) // 2)]
    trade = rows[0][0].text_input(
        "Trade", profile.category, key=f"{prefix}_category", placeholder="Tea, outdoor clothing, banking …"
    )
    sells_to = rows[0][1].selectbox(
        "You sell to", SELLS_TO, SELLS_TO.index(profile.sells_to) if profile.sells_to in SELLS_TO else 0,
        format_func=lambda one: SOLD_TO[one], key=f"{prefix}_sells_to",
    )  # fmt: skip
    regions = rows[1][0].text_input(
        "Regions", ", ".join(profile.regions), key=f"{prefix}_regions", placeholder="GB, US-NJ; empty: everywhere"
    )
    languages = rows[1][1].text_input(
        "Languages your team reads well", ", ".join(profile.languages), key=f"{prefix}_languages", placeholder="en, es"
    )
    cultures = rows[2][0].text_input(
        "Customs you know from within", ", ".join(profile.cultures), key=f"{prefix}_cultures",
        placeholder="Scottish, Diwali, Jewish",
        help="Whatever is not named here is judged as unfamiliar: then somebody of that culture should read first.",
    )  # fmt: skip
    size = rows[2][1].number_input(
        "People who answer for your channels", 0, MOST_PEOPLE, profile.team_size, key=f"{prefix}_team_size",
        help="0: not said. With one or two, reacting quickly is the wrong plan: the guide says so, and so will Tact.",
    )  # fmt: skip
    columns = [column for row in rows[3:] for column in row]
    lists = {}
    for (field, label, hint), column in zip(LISTS, columns, strict=True):
        value = ", ".join(getattr(profile, field))
        lists[field] = column.text_area(label, value, key=f"{prefix}_{field}", placeholder=hint, height=80)
    regulated = st.checkbox(REGULATED, profile.regulated, key=f"{prefix}_regulated")
    return Typed(trade, regions, languages, cultures, sells_to, regulated, int(size), lists)


def shown(here: Here, profile: BrandProfile) -> None:
    """The profile as it stands, in one expander, and a form to change it in another."""
    with st.expander(f"{escape(profile.name)}: the profile", icon=":material/badge:"):
        rows = [
            ("Trade", profile.category),
            ("Sells to", profile.sells_to),
            ("Regions", ", ".join(profile.regions) or "everywhere"),
            ("Languages", ", ".join(profile.languages)),
            ("Customs known from within", ", ".join(profile.cultures)),
            ("People for the channels", str(profile.team_size or "")),
            ("Bound by advertising rules", "yes" if profile.regulated else "no"),
        ]
        rows += [(label, ", ".join(getattr(profile, field))) for field, label, _ in LISTS]
        markdown("\n".join(f"- **{label}**: {escape(value) or '–'}" for label, value in rows))
    with st.expander("Change the profile", icon=":material/edit:"):
        _change(here, profile)


def _change(here: Here, profile: BrandProfile) -> None:
    with st.form("brand_change", border=False, enter_to_submit=False):
        # Fields of a profile that somebody else changed meanwhile are drawn anew, not laid over theirs.
        typed = _fields(f"change_{crc32(repr(profile).encode())}", profile)
        st.caption("The judge reads it at its next look. What is watched stays: change that on the Monitors page.")
        sent = st.form_submit_button("Keep the changes", type="primary")
    if sent and context.attempt(
        lambda: change_profile(here.house.store, here.token, typed.profile(profile.name)), done="The profile is kept."
    ):
        st.rerun()
