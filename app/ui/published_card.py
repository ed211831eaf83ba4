"""One publication on its page: what it said, what became of it, how that compares, and who answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.ui import course_chart, links, spend_form
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import ago, clock_time, span
from app.views import figures as words
from app.views.published import Answer, Post, Published
from app.views.words import FEELING, Badge
from data.addresses import is_web_address
from workflow.measuring import engagement
from workflow.rules import metrics
from workflow.rules.metrics import Counts

EXCERPT = 220
# A clock that is off by less shows in nothing (ours).
WORTH_SAYING = 30
# What was due for so long is read by nobody: a worker looks every second (ours).
OVERDUE = timedelta(minutes=5)


def draw(here: Here, page: Published, post: Post) -> None:
    """The card. Two columns on a wide screen, one below the other on a phone."""
    with st.container(border=True, gap="small", key=f"published_{post.id}"):
        _head(here, page, post)
        if post.latest is not None:
            left, right = st.columns([3, 2], gap="medium")
            with left:
                _figures(page, post)
            with right:
                _course(post)
        st.caption(escape(reading_in_words(here, page, post)))
        _ways(post)
        _more(here, page, post)


def _head(here: Here, page: Published, post: Post) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        when = f"{clock_time(post.at, here.person, page.now)}, {ago(post.at, page.now)}"
        where = f"**{escape(words.label_of(post.platform))}** · {escape(post.way)}"
        markdown(f"{where} · {escape(when)}", width="content")
        for one in _states(post):
            badge(one)
    markdown(escape(shorten(post.text, EXCERPT)) or ":gray[No words]")


def _ways(post: Post) -> None:
    """Where to go from here."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if is_web_address(post.address):
            st.link_button("See it there", post.address, icon=":material/open_in_new:")
        links.to_draft(post.draft_id)
        points = engagement.points(post.platform, post.course)
        if len(points) > 1:
            with st.popover("As a table", icon=":material/table_rows:", key=f"table_{post.id}"):
                course_chart.table(points, post.at)


def _states(post: Post) -> list[Badge]:
    found = [] if post.kind == "text" else [Badge(words.KIND_WORDS[post.kind], ":material/category:", "gray")]
    if post.deletion == "done":
        found.append(Badge("taken down", ":material/delete:", "gray"))
    elif post.deletion:
        found.append(Badge("being taken down", ":material/delete:", "orange"))
    elif post.reading.gone_at is not None:
        found.append(Badge("gone there", ":material/visibility_off:", "red"))
    if post.reading.edited_at is not None:
        found.append(Badge("changed there", ":material/edit_off:", "red"))
    return found


def _figures(page: Published, post: Post) -> None:
    with st.container(gap="xsmall"):
        markdown("  \n".join(_lines(post)))
        if post.compared is not None:
            st.caption(escape(words.usual_in_words(post.platform, post.kind, post.compared.usual)))
        elif page.now - post.at < timedelta(minutes=metrics.MARKS[0]):
            st.caption(f"It is compared with others from {metrics.MARKS[0]} minutes on.")


def _lines(post: Post) -> list[str]:
    """What became of it, a line each: counts, rates with what they are of, pace, comparison, mood, money."""
    latest = post.latest
    assert latest is not None
    told = (one.split(" ", 1) for one in words.told(post.platform, latest.counts))
    # Held together: a line never ends between a number and its word.
    lines = [" · ".join(f"**{count}**\u00a0{what}" for count, what in told), *_rates(post.platform, latest.counts)]
    if post.velocity is not None:
        lines.append(f"**{post.velocity:,.0f}** interactions an hour in its first six hours")
    if post.compared is not None and post.compared.times is not None:
        age = words.AGES.get(post.compared.usual.age_minutes, "")
        lines.append(f"**{post.compared.times:,.1f} × usual** after {age}")
    return [*lines, *_mood_and_money(post)]


def _rates(platform: str, counts: Counts) -> list[str]:
    rate = metrics.engagement_rate(platform, counts)
    if rate is None:
        return [f":gray[{escape(words.no_rate(platform, counts))}]"]
    why = words.why_followers(platform)
    found = [f"Engagement: **{words.rate_in_words(platform, rate)}**" + (f" – {escape(why)}" if why else "")]
    parts = (("shared", metrics.share_rate), ("answered", metrics.response_rate))
    more = [(name, part) for name, of in parts if (part := of(platform, counts)) is not None]
    if more and rate.percent:
        *before, (name, last) = more
        said = [f"{one} {words.amount(part)}" for one, part in before]
        line = ", ".join([*said, f"{name} {words.rate_in_words(platform, last)}"])
        found.append(line[0].upper() + line[1:])
    return found


def _mood_and_money(post: Post) -> list[str]:
    found = []
    if post.mood.share is not None:
        answers = "1 answer" if post.mood.read == 1 else f"{post.mood.read} answers"
        found.append(f"{answers} read, **{post.mood.negative}** upset ({words.percent(100 * post.mood.share)})")
    if post.spent is not None:
        each = metrics.cost_per_engagement(post.spent.amount, post.spent.interactions)
        price = f", {each:,.2f} for each interaction that it brought" if each is not None else ""
        found.append(f"Paid: **{words.money(post.spent.amount, post.spent.currency)}**{price}")
    return found


def _course(post: Post) -> None:
    points = engagement.points(post.platform, post.course)
    if any(count for _, count in points):
        course_chart.draw(points, post.at)


def _more(here: Here, page: Published, post: Post) -> None:
    if post.answers:
        label = "1 answer" if len(post.answers) == 1 else f"{len(post.answers)} newest answers"
        with st.expander(label, icon=":material/forum:", key=f"answers_{post.id}", on_change="rerun"):
            if st.session_state.get(f"answers_{post.id}"):
                for one in post.answers:
                    _answer(here, page, one)
    if page.may_write or post.spent is not None:
        with st.expander("Money behind it", icon=":material/payments:", key=f"money_{post.id}", on_change="rerun"):
            if st.session_state.get(f"money_{post.id}"):
                spend_form.draw(here, page, post)


def _answer(here: Here, page: Published, one: Answer) -> None:
    with st.container(border=True, gap="xsmall"):
        feeling = FEELING.get(one.feeling, "not read yet")
        marks = [f":red-badge[{feeling}]" if one.feeling == "negative" else f":gray-badge[{feeling}]"]
        marks += [":red-badge[:material/front_hand: dark]"] if one.dark else []
        marks += [":gray-badge[gone]"] if one.gone else []
        when = clock_time(one.at, here.person, page.now)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            who = escape(shorten(one.author, 60)) or "Somebody"
            markdown(f"**{who}** · {escape(when)} {' '.join(marks)}", width="content")
            if is_web_address(one.address):
                st.link_button("Answer there", one.address, icon=":material/open_in_new:", type="tertiary")
        outside(one.text)


def reading_in_words(here: Here, page: Published, post: Post) -> str:
    """What reading the figures last heard and when it asks next, and how the platform's clock stands to ours."""
    said = [_status(here, page, post), *_clocks(here, page, post)]
    return " ".join(one for one in said if one)


def _status(here: Here, page: Published, post: Post) -> str:
    reading, latest = post.reading, post.latest
    label = words.label_of(post.platform)
    brought = f"Figures of {clock_time(latest.at, here.person, page.now)}." if latest is not None else ""
    if post.deletion == "done" or reading.gone_at is not None:
        gone = f"{label} shows it no longer." if post.deletion != "done" else "It was taken down."
        return f"{gone} {'These are its last figures.' if latest is not None else 'No figures were read before.'}"
    if reading.next_at is None:
        why = "Posted by hand: nobody tells its figures. Import them below." if reading.by_hand else reading.message
        return f"{brought} {why}".strip()
    if reading.quiet_until is not None:
        return f"{brought} {label} asked for patience until {clock_time(reading.quiet_until, here.person, page.now)}."
    if reading.switched_off:
        return f"{brought} The account is switched off, so its figures are not read."
    until = _until(reading.next_at, page)
    failed = f"{reading.failures} times in a row" if reading.failures > 1 else "once"
    trouble = f"Reading failed {failed}: {reading.message}" if reading.failures else reading.message
    read = (
        f"Read {ago(reading.collected_at, page.now)}, {until}." if reading.collected_at else f"Not read yet, {until}."
    )
    return f"{read} {trouble}".strip()


def _until(next_at: datetime, page: Published) -> str:
    """When it is read next; a worker that is long overdue is said to be."""
    late = page.now - next_at
    if late > OVERDUE:
        return f"due for {span(late)}: ask whoever runs Tact whether a worker is running"
    return f"next in {span(-late)}" if next_at > page.now else "next within seconds"


def _clocks(here: Here, page: Published, post: Post) -> list[str]:
    reading, label = post.reading, words.label_of(post.platform)
    found = []
    if reading.edited_at is not None:
        when = clock_time(reading.edited_at, here.person, page.now)
        found.append(f"Its words were changed on {label} at {when}, past our signatures.")
    if reading.skew_seconds is not None and abs(reading.skew_seconds) >= WORTH_SAYING:
        side = "ahead of" if reading.skew_seconds > 0 else "behind"
        seconds = abs(reading.skew_seconds)
        off = f"{seconds} s" if seconds < 300 else span(timedelta(seconds=seconds))
        found.append(f"{label}'s clock is {off} {side} ours; ages count by ours.")
    return found
