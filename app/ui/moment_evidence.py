"""The left side of a moment: what was counted, why the alert fired, the samples – and what the judge makes of it."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, moment_category
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import ago, clock_time, zone_of
from app.views.moment import Judged, MomentView, Sample
from app.views.moment_volume import Volume
from app.views.words import DECISION, VERDICT, times_usual, window_in_words
from workflow.by_hand import BY_HAND

# Longer texts are cut: a sample shows how people talk, the link leads to the rest (ours).
LONGEST_SAMPLE = 280
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
            st.caption(f"judged {clock_time(judged.at, here.person, moment.now)}", width="content")
        _reasons(judged)
        moment_category.kind(here, moment.card.alert_id, moment.kind)


def _reasons(judged: Judged) -> None:
    if not judged.reasons:
        st.caption("No sign of tragedy, crisis or division in its uses, the news around it or the warnings in force.")
    for reason in judged.reasons:
        markdown(f"**{escape(reason.sentence)}**")
        if reason.words:
            outside(f"“{shorten(reason.words, LONGEST_SAMPLE)}”")


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


def samples(moment: MomentView) -> None:
    """A few texts, as text: nothing in them is markup, an address or a picture here."""
    st.subheader("What people say", anchor=False)
    if not moment.samples:
        st.caption("No texts: the source told only the figures.")
    for number, sample in enumerate(moment.samples):
        _sample(moment, sample, number)


def _sample(moment: MomentView, sample: Sample, number: int) -> None:
    with st.container(border=True, gap="xsmall"):
        outside(shorten(sample.text, LONGEST_SAMPLE))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            author = f"{escape(shorten(sample.author, 60))} · " if sample.author else ""
            st.caption(f"{author}{ago(sample.at, moment.now)}", width="content")
            if sample.url:
                label = f"Open at {escape(sample.host)}"
                st.link_button(
                    label, sample.url, key=f"sample_{number}", type="tertiary", icon=":material/open_in_new:"
                )


def scales(judged: Judged | None) -> None:
    """The judge's own point on the two scales, with its reasons."""
    if judged is None:
        return
    window = window_in_words(judged.cell)
    markdown(f"**Relevance {judged.relevance:g}** {escape(judged.relevance_why)}")
    markdown(f"**Interest {judged.interest:g}** {escape(judged.interest_why)}")
    st.caption(f"The machine's point: {DECISION[judged.cell.decision].text.lower()}, {window}.")
