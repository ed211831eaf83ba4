"""Published: what is out, what became of it, and how that compares. Newest first, a page at a time."""

from __future__ import annotations

import streamlit as st

from app.ui import context, figures_form, links, live, published_card
from app.ui.context import Here
from app.ui.text import clean, escape, markdown
from app.views import published as view
from app.views import published_csv
from app.views.figures import label_of
from workflow.rules.roles import may

ANY = ""


def draw() -> None:
    """The filter, the posts, the pages, the file."""
    here = context.here()
    st.title("Published")
    platform, period = _filter(here)
    found = view.read(here.house.store, here.person, platform, period, links.number("page") or 1)
    stamp = lambda: view.stamp(here.house.store)  # noqa: E731
    live.changed("published_changed", found.stamp, stamp, "New figures have come in: show them")
    if not found.posts:
        _nothing(found)
    else:
        _count(found)
        for post in found.posts:
            published_card.draw(here, found, post)
        _pages(found)
        st.download_button(
            "Download these posts (CSV)", lambda: published_csv.write(here.house.store, here.person, platform, period),
            "tact-published.csv", "text/csv", key="published_csv", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    if may(here.person.role, "write"):
        figures_form.section(here)


def _filter(here: Here) -> tuple[str, str]:
    left, right = st.columns([2, 3])
    platforms = [ANY, *view.platforms(here.house.store)]
    platform = left.selectbox(
        "Platform", platforms, format_func=lambda key: clean(label_of(key)) if key else "All platforms",
        key="platform", bind="query-params", on_change=_first_page,
    )  # fmt: skip
    period = right.segmented_control(
        "Period", list(view.PERIODS), format_func=lambda key: view.PERIOD_WORDS[key], default="30d", required=True,
        key="period", bind="query-params", on_change=_first_page,
    )  # fmt: skip
    return platform or ANY, period or "30d"


def _first_page() -> None:
    st.query_params.pop("page", None)


def _nothing(found: view.Published) -> None:
    if found.ever:
        markdown("**Nothing was published in this period** on this platform. Choose a longer one.")
        return
    st.info(
        "Nothing has been published yet. A post comes here as it leaves, and its figures follow within minutes, where "
        "its platform tells them.",
        icon=":material/campaign:",
    )


def _count(found: view.Published) -> None:
    posts = "1 post" if found.total == 1 else f"{found.total:,} posts"
    where = f", page {found.page} of {found.pages}" if found.pages > 1 else ""
    st.caption(escape(f"{posts}, newest first{where}"))


def _pages(found: view.Published) -> None:
    if found.pages == 1:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for label, icon, page in (
            ("Newer", ":material/arrow_back:", found.page - 1),
            ("Older", ":material/arrow_forward:", found.page + 1),
        ):
            if st.button(label, key=label.lower(), icon=icon, disabled=not 1 <= page <= found.pages):
                st.query_params["page"] = str(page)
                st.rerun()


draw()
