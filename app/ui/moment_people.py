"""The right side of a moment: the matrix, the two blind assessments, the discussion, and the decision."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.ui import charts, links, silence
from app.ui.alert_card import badge
from app.ui.context import Here, attempt, house, read_only
from app.ui.text import escape, markdown, outside
from app.ui.times import clock_time
from app.views.moment import Agreed, MomentView
from app.views.moment_clock import late, ticking
from app.views.words import INTEREST_BANDS, RELEVANCE_BANDS, decided, window_in_words
from workflow import assess, rescoring
from workflow.assess import DECIDED, Round
from workflow.rules.assessments import left_to_score
from workflow.rules.rescoring import WAITS
from workflow.rules.roles import may

POINTS = tuple(range(11))
BEAT = timedelta(seconds=1)


def matrix(moment: MomentView) -> None:
    """Where the machine puts it, hollow, and where two people put it, solid."""
    st.subheader("Matrix", anchor=False)
    judged, agreed = moment.judged, moment.agreed
    suggested = (judged.relevance, judged.interest) if judged else None
    mean = (agreed.relevance, agreed.interest) if agreed else None
    said = [f"machine {suggested[0]:g} and {suggested[1]:g}"] if suggested else []
    said += [f"people {mean[0]:g} and {mean[1]:g}"] if mean else []
    charts.draw(charts.matrix(suggested, mean), 300, f"Relevance and interest: {', '.join(said) or 'not scored yet'}")
    st.caption("○ the machine's suggestion" + (" · ● the mean of two people" if mean else ""))


def people(here: Here, moment: MomentView) -> None:
    """What this person can do next about the decision, and what has been decided."""
    seen = moment.round
    if seen is None or moment.opportunity_id is None:
        st.caption("Two people score it as soon as the judge has spoken.")
        return
    if moment.agreed is not None and seen.state == DECIDED:
        _decided(here, moment, moment.agreed)
    else:
        _open(here, moment, moment.opportunity_id, seen)
    _scores(seen)
    _rescored(here, moment)


def _open(here: Here, moment: MomentView, opportunity_id: int, seen: Round) -> None:
    """Not decided, or to be decided afresh."""
    if moment.agreed is not None and moment.rescored:
        st.warning(
            f"Score it afresh. {escape(moment.rescored[0].why)} Until then nothing about it is published.",
            icon=":material/update:",
        )
    if seen.needs_note:
        _discussion(here, opportunity_id, seen)
    elif not may(here.person.role, "assess"):
        st.caption("Two people of the social team score it, each without seeing the other's points.")
    elif seen.mine is not None:
        given = f"relevance {seen.mine.relevance}, interest {seen.mine.interest}"
        said = f"Your points are in: {given}. Nobody sees them before somebody else has given theirs."
        st.info(said, icon=":material/lock_clock:")
        clock(seen.began_at, waiting=True)
    else:
        _scoring(here, opportunity_id, seen)


@st.fragment(run_every=BEAT)
@read_only("five_minutes")
def clock(began_at: datetime, *, waiting: bool = False) -> None:
    """What is left of the guide's five minutes. Once they are over it says so, and nothing is refused for it.

    Whoever has given their points is `waiting` for somebody else, and is asked for nothing more.
    """
    left = left_to_score(began_at, house().store.now())
    if left > timedelta():
        markdown(f":material/timer: **{ticking(left)}** :small[:gray[left of five minutes to score]]")
    else:
        then = "Somebody else has still to score it." if waiting else "Score it all the same: it still counts."
        markdown(f":orange[:material/timer_off: Overdue by {late(left)}.] :small[{then}]")


def _scoring(here: Here, opportunity_id: int, seen: Round) -> None:
    st.subheader("Your points", anchor=False)
    clock(seen.began_at)
    if seen.discussion:
        st.caption("After the discussion, score afresh:")
        outside(seen.discussion)
    with st.form(f"assess_{opportunity_id}_{seen.number}"):
        relevance = _scale("Relevance to the brand", "relevance", RELEVANCE_BANDS)
        interest = _scale("Interest of our audience", "interest", INTEREST_BANDS)
        note = st.text_input("Note (if you like)", key="assess_note", max_chars=500)
        sent = st.form_submit_button("Give my points", type="primary")
    if not sent:
        return
    if relevance is None or interest is None:
        st.error("Choose a point on both scales.", icon=":material/block:")
        return
    store, token = here.house.store, here.token
    if attempt(
        lambda: assess.assess(store, token, opportunity_id, relevance, interest, note), done="Your points are in."
    ):
        st.rerun()


def _scale(label: str, key: str, bands: tuple[tuple[str, str], ...]) -> int | None:
    """No point is chosen beforehand: a default would be a third voice in the room."""
    told = "  \n".join(f"**{points}** {words}" for points, words in bands)
    return st.segmented_control(label, POINTS, key=f"assess_{key}", help=told, wrap=True)


def _discussion(here: Here, opportunity_id: int, seen: Round) -> None:
    st.warning("The points are more than 2 apart. Talk, write down what you found, then score afresh.",
               icon=":material/forum:")  # fmt: skip
    if not may(here.person.role, "assess") or seen.mine is None:
        return
    with st.form(f"discuss_{opportunity_id}"):
        note = st.text_area("Where did you differ, and what do you agree on?", key="discuss_note", max_chars=2000)
        sent = st.form_submit_button("Keep the note and score afresh", type="primary")
    if sent:
        store, token = here.house.store, here.token
        if attempt(lambda: assess.discuss(store, token, opportunity_id, note), done="Noted. Both of you score afresh."):
            st.rerun()


def _scores(seen: Round) -> None:
    """Everybody's points of the round, once this person may see them."""
    if len(seen.visible) < 2:
        return
    for name, score in seen.visible:
        note = f" · {escape(score.note)}" if score.note else ""
        st.caption(f"{escape(name)}: relevance {score.relevance}, interest {score.interest}{note}")


def _decided(here: Here, moment: MomentView, agreed: Agreed) -> None:
    st.subheader("Decided", anchor=False)
    stopped = moment.card.verdict == "hold"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        badge(decided(agreed.cell.decision, moment.card.verdict))
        st.caption(f"{agreed.cell.quadrant} · {window_in_words(agreed.cell)}", width="content")
    if stopped:
        st.error(
            "The verdict has turned to Stop since. Nothing about this moment is published, whatever was decided.",
            icon=":material/front_hand:",
        )
    else:
        outside(agreed.cell.resources)
    for draft in moment.drafts:
        links.to_draft(draft.draft_id, f"Draft {draft.draft_id} for {draft.platform}, {draft.state}")
    if agreed.cell.decision == WAITS and may(here.person.role, "assess"):
        _ask_again(here, moment)
    if moment.silence is not None and moment.opportunity_id is not None:
        silence.notice(here, moment.opportunity_id, moment.silence)
    quiet = moment.silence is not None and moment.silence.stands
    if stopped or quiet or agreed.cell.decision == "no_go" or not may(here.person.role, "write"):
        return
    if st.button("Start a draft", type="primary", icon=":material/edit_note:", key="start_draft"):
        st.switch_page(links.DRAFTS, query_params={"opportunity": str(moment.opportunity_id)})


def _ask_again(here: Here, moment: MomentView) -> None:
    """What it waits for; and for who saw people begin to talk where no source listens, a way to ask sooner."""
    st.caption(
        "It is scored afresh as soon as interest has moved, and after four hours at the latest. Write meanwhile; the "
        "approvers get it once it is a go."
    )
    if moment.opportunity_id is None:
        return
    opportunity_id = moment.opportunity_id
    st.button(
        "Score it afresh now", key="rescore", icon=":material/update:", on_click=_ask_now, args=(here, opportunity_id)
    )


def _ask_now(here: Here, opportunity_id: int) -> None:
    store, token = here.house.store, here.token
    attempt(lambda: rescoring.ask_now(store, token, opportunity_id), done="Both of you score it afresh.")


def _rescored(here: Here, moment: MomentView) -> None:
    """Each time that it was scored again, and what came of it."""
    for one in moment.rescored:
        at = clock_time(one.at, here.person, moment.now)
        then = f", then {one.after}" if one.after else ""
        st.caption(f"{at}: {escape(one.why)} Before: {escape(one.before)}{escape(then)}.")
