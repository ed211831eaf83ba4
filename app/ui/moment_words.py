"""The texts of a moment: what people say, as the judge reads each of them, with the words that it rests on marked.

Nothing in a text is markup, an address or a picture here: every piece is escaped before anything is put around it.
"""

from __future__ import annotations

import streamlit as st

from app.ui import links, moment_said
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import ago
from app.views.evidence import Piece
from app.views.moment import Judged, MomentView, Sample
from app.views.moment_uses import ReadText, read_texts
from app.views.words import VERDICT
from workflow.rules.roles import may

# Longer texts are cut: a sample shows how people talk, the link leads to the rest (ours).
LONGEST = 280
_MARKS = {"hold": "red", "review": "orange", "clear": "gray", "": "gray"}


def samples(here: Here, moment: MomentView) -> None:
    """A few texts, each with the judge's word on it and a way to say otherwise."""
    st.subheader("What people say", anchor=False)
    if not moment.samples:
        st.caption("No texts: the source told only the figures.")
    texts = read_texts(here.house.scorer, [sample.text for sample in moment.samples], _cut)
    for number, (sample, read) in enumerate(zip(moment.samples, texts, strict=True)):
        _sample(here, moment, sample, read, number)


def _sample(here: Here, moment: MomentView, sample: Sample, read: ReadText, number: int) -> None:
    with st.container(border=True, gap="xsmall"):
        _text(read)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            author = f"{escape(shorten(sample.author, 60))} · " if sample.author else ""
            st.caption(f"{author}{ago(sample.at, moment.now)}", width="content")
            if sample.url:
                label = f"Open at {escape(sample.host)}"
                st.link_button(
                    label, sample.url, key=f"sample_{number}", type="tertiary", icon=":material/open_in_new:"
                )
            _answer(here, moment, sample)
        if not moment.card.mood and sample.item_id is not None:
            moment_said.text(here, moment, sample.item_id, read)


def _answer(here: Here, moment: MomentView, sample: Sample) -> None:
    """A reply to a post that everybody reads is the guide's quickest play; it is a draft like any other."""
    able = sample.answerable and moment.may_be_written_about and may(here.person.role, "write")
    if able and moment.opportunity_id is not None and sample.item_id is not None:
        links.to_answer(moment.opportunity_id, sample.item_id)


def uses(here: Here, judged: Judged) -> None:
    """The uses that the context check read: ten of them, as the guide has people do it."""
    if not judged.uses:
        if judged.uses_say:
            st.caption(escape(judged.uses_say))
        return
    with st.expander(escape(judged.uses_say), icon=":material/manage_search:"):
        for read in read_texts(here.house.scorer, judged.uses, _cut):
            with st.container(border=True, gap="xsmall"):
                _text(read)
                _word(read)


def _word(read: ReadText) -> None:
    """The judge's word on one text, and how sure it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if read.tragedy:
            badge(VERDICT[read.tragedy])
        st.caption(escape(read.sure.words), width="content", help=read.sure.number or None)


def _cut(text: str) -> str:
    return shorten(text, LONGEST)


def _text(read: ReadText) -> None:
    if any(piece.marked for piece in read.pieces):
        markdown("".join(_piece(piece, _MARKS[read.tragedy]) for piece in read.pieces))
    else:
        outside("".join(piece.words for piece in read.pieces))


def _piece(piece: Piece, colour: str) -> str:
    """The piece as Markdown that shows exactly its characters; the spaces at its ends stay where they are."""
    inner = escape(piece.words)
    if not piece.marked or not inner:
        return _space(piece.words[:1]) + inner + (_space(piece.words[-1:]) if inner else "")
    return f":{colour}-background[{inner}]"


def _space(end: str) -> str:
    return " " if end.isspace() else ""
