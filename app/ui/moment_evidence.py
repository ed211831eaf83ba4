"""The left side of a moment: what was counted, why the alert fired – and what the judge makes of it."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, moment_category, moment_said, moment_words
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.moment_words import LONGEST
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import ago, clock_time, zone_of
from app.views.evidence import Origin
from app.views.moment import Judged, MomentView
from app.views.moment_volume import Volume
from app.views.words import DECISION, VERDICT, times_usual, window_in_words
from workflow.by_hand import BY_HAND

_TOLD_ONCE = "the trend source has told of this once"


def verdict(here: Here, judged: Judged | None, moment: MomentView) -> None:
    """The judge's word first: it is what stops a person's hand."""
    with st.container(border=True, gap="small"):
        if judged is None:
            badge(VERDICT[""])
            st.caption("The judge reads what came in; its verdict appears here within seconds.")
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            badge(VERDICT[judged.tragedy])
            if judged.tragedy != "hold":
                badge(DECISION[judged.cell.decision], "suggested")
            st.caption(escape(judged.sure.words), width="content", help=judged.sure.number)
            st.caption(f"judged {clock_time(judged.at, here.person, moment.now)}", width="content")
        _reasons(here, judged, moment)
        moment_words.uses(here, judged)
        moment_said.verdict(here, judged, moment)
        moment_category.kind(here, moment.card.alert_id, moment.kind)


def _reasons(here: Here, judged: Judged, moment: MomentView) -> None:
    if not judged.reasons:
        st.caption(
            "Nothing calls for caution: not its uses as a whole, not the news around it, not the warnings in force."
        )
    said = ""
    for reason in judged.reasons:
        if reason.sentence != said:  # several texts may stand under one sentence
            markdown(f"**{escape(reason.sentence)}**")
            said = reason.sentence
        if reason.words:
            outside(f"“{shorten(reason.words, LONGEST)}”")
        if reason.origin is not None:
            _origin(here, reason.origin, moment)


def _origin(here: Here, origin: Origin, moment: MomentView) -> None:
    """Whose words, how old, and for a warning where and until when."""
    parts = [origin.agency or origin.source]
    if origin.area:
        parts.append(f"for {origin.area}")
    if origin.until is not None:
        parts.append(f"until {clock_time(origin.until, here.person, moment.now)}")
    parts.append(ago(origin.at, moment.now))
    st.caption(escape(" · ".join(parts)))


def volume(here: Here, moment: MomentView) -> None:
    """The day's chart, in the reader's own zone."""
    zone, found = zone_of(here.person), moment.volume
    st.subheader("Volume", anchor=False)
    if len(found.hours) < 2:
        told = "a person saw it, and no source has told of it yet" if _by_hand(moment) else _TOLD_ONCE
        st.caption(f"Too few figures yet to draw: {told}.")
        return
    marks = [(moment.card.raised_at, "alert")]
    inside = [mark for mark in marks if found.hours[0].at <= mark[0] <= found.hours[-1].at]
    unit = "an hour" if found.counted else "uses told"
    ahead = found.going.ahead if found.going is not None else ()
    charts.draw(charts.trailing_hour(found.hours, found.usual, inside, zone, unit, ahead), 220, _in_words(found))
    if found.counted:
        until = ahead[-1].end if ahead else found.hours[-1].at
        charts.draw(charts.tens(found.tens, zone, until), 120, "Mentions per ten minutes over the last day")
    told = "Uses as the trend source tells them" if not found.counted else "Mentions in the hour before each instant"
    band = "; the band is what most hours bring" if found.counted and found.usual else ""
    st.caption(f"{told}{band}. Times in {zone.key}.")
    if ahead:
        st.caption(_ahead(found))


def _ahead(found: Volume) -> str:
    """The forecast in words, and what it is worth."""
    assert found.going is not None
    hours = found.going.ahead
    told = ", ".join(f"{one.expected:,.0f} ({one.low:,.0f} to {one.high:,.0f})" for one in hours)
    peak = f"Fastest so far: {found.going.peak:,.1f} a minute. " if found.going.peak else ""
    return (
        f"{peak}The next {len(hours)} hours, dashed: {told}. In four cases of five it stays in that range, "
        "if nothing new happens."
    )


def _by_hand(moment: MomentView) -> bool:
    """Whether it rests on a person's eyes alone: then there is no figure to show."""
    return [name for name, _ in moment.sources] == [BY_HAND]


def _in_words(found: Volume) -> str:
    last = f"{found.hours[-1].value:,.0f} at last"
    if found.usual is None:
        return f"Uses over the last day: {last}."
    usual, needed = f"{found.usual.level:,.0f}", f"{found.usual.alert_at:,.0f}"
    return f"Uses over the last day: {last}, usual is {usual}, an alert needs {needed}."


def why(here: Here, moment: MomentView) -> None:
    """Why it fired: the figures of its window, and the sources they came from."""
    card = moment.card
    st.subheader("Why it fired", anchor=False)
    outside(card.sentence)
    if _by_hand(moment):
        st.caption("Added by hand: nothing has been counted, so there is no usual to compare it with.")
        return
    start, end = (clock_time(at, here.person, moment.now) for at in (moment.window_start, moment.window_end))
    usual = f"{card.baseline:,.0f}" if card.baseline is not None else "unknown"
    markdown(
        f"**{card.count:,}** between {start} and {end} · usual **{usual}** · **{times_usual(card.ratio)}**"
        + "".join(f" · {escape(name)} {count:,}" for name, count in moment.sources)
    )
    if moment.volume.now_says:
        st.caption(f"Now: {escape(moment.volume.now_says)}")


def scales(judged: Judged | None) -> None:
    """The judge's own point on the two scales, with its reasons."""
    if judged is None:
        return
    window = window_in_words(judged.cell)
    markdown(f"**Relevance {judged.relevance:g}** {escape(judged.relevance_why)}")
    markdown(f"**Interest {judged.interest:g}** {escape(judged.interest_why)}")
    if judged.tragedy != "hold":  # beside a stop no machine's "go" is said
        st.caption(f"The machine's point: {DECISION[judged.cell.decision].text.lower()}, {window}.")
