"""A new workspace: the brand, its first monitors, and sources that their kinds accept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from data.errors import BadInput, Refused
from data.reference.default_sources import default_sources
from data.storage import events
from data.storage.store import Store
from data.storage.tables import monitors, sources, topics
from monitors.sources import discover
from scoring.contract import BrandProfile
from tests import factory as f
from workflow import access, accounts
from workflow.brand import has_brand, the_brand
from workflow.setup import change_profile, found_brand, regions_in, words

PROFILE = BrandProfile(
    name="Larkfield Tea",
    keywords=("iced tea", "Moor & Vale"),
    products=("Evening Blend",),
    competitors=("Moor & Vale",),
    pain_points=("late delivery",),
    regions=("GB-SCT", "US"),
)


@pytest.fixture
def token(store: Store) -> str:
    accounts.create_first_administrator(store, "ada", "Ada", f.PASSWORD)
    return access.sign_in(store, "ada", f.PASSWORD)


def test_a_brand_brings_its_monitors_and_sources(store: Store, token: str) -> None:
    found_brand(store, token, PROFILE, "Europe/London")
    assert has_brand(store)
    with store.read() as tx:
        assert the_brand(tx).profile == PROFILE
        kinds = {row["name"]: row["kind"] for row in tx.rows(select(monitors))}
        watched = {row["label"] for row in tx.rows(select(topics).where(topics.c.monitor_id.is_not(None)))}
        polled = {row["name"]: row["config"] for row in tx.rows(select(sources).where(sources.c.enabled))}
    # A rival named in two lists is watched once, as the rival.
    expected = {"Larkfield Tea": "brand", "Moor & Vale": "competitor"}
    assert kinds == expected | {"iced tea": "keyword", "late delivery": "pain_point"}
    assert watched == set(kinds)
    assert set(polled) == {one.name for one in default_sources()}
    assert polled["Google Trends"]["geo"] == "GB"


def test_there_is_one_brand(store: Store, token: str) -> None:
    found_brand(store, token, PROFILE, "UTC")
    with pytest.raises(Refused):
        found_brand(store, token, BrandProfile(name="Another"), "UTC")


def test_only_an_administrator_sets_up(store: Store) -> None:
    team = f.team_in(store)
    with pytest.raises(Refused) as refused:
        found_brand(store, team.tokens["max"], PROFILE, "UTC")
    assert refused.value.codes == ("role_may_not",)


@pytest.mark.parametrize(
    ("profile", "zone", "says"),
    [
        (BrandProfile(name=" "), "UTC", "a name"),
        (BrandProfile(name="Tea"), "Moon", "time zone"),
        (BrandProfile(name="Tea", regions=("Scotland",)), "UTC", "SCOTLAND"),
    ],
)
def test_what_cannot_be_used_is_said(store: Store, token: str, profile: BrandProfile, zone: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        found_brand(store, token, profile, zone)
    assert not has_brand(store)


@pytest.mark.parametrize("row", default_sources(), ids=lambda row: row.name)
def test_every_default_source_is_one_that_its_kind_can_read(row: object) -> None:
    kind = discover()[row.kind]  # type: ignore[attr-defined]
    kind.check(row.config_for("GB"))  # type: ignore[attr-defined]


def test_a_field_is_read_comma_by_comma_and_line_by_line() -> None:
    assert words(" iced  tea, ,teapot\nlate delivery,\niced tea") == ("iced tea", "teapot", "late delivery")
    assert words("") == ()


def test_regions_are_put_in_capitals() -> None:
    assert regions_in("gb, us-nj") == ("GB", "US-NJ")


def test_only_an_administrator_changes_the_profile_and_the_name_stays(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    wanted = replace(f.PROFILE, name="Another", languages=("en", "de"), team_size=3)
    with pytest.raises(Refused):
        change_profile(sqlite_store, team.tokens["max"], wanted)
    for wrong in (replace(wanted, sells_to="nobody"), replace(wanted, team_size=-1), replace(wanted, languages=("x",))):
        with pytest.raises(BadInput):
            change_profile(sqlite_store, team.tokens["ada"], wrong)
    changed = change_profile(sqlite_store, team.tokens["ada"], wanted).profile
    assert changed == replace(wanted, name=f.PROFILE.name)
    assert change_profile(sqlite_store, team.tokens["ada"], wanted).profile == changed
    assert events.verify(sqlite_store)[1] is None
