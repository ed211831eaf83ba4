"""The cascade's steps as rows: begun when a lead passes, its drafts prepared one at a time, declined or taken back.

Which step may be prepared when is `workflow.rules.cascade`; here is what it does. A prepared step is an ordinary draft
in writing, by the lead's author, with the lead's words as a beginning: it goes through its own checklist, its own
signatures and its own gate, like any other. Nothing here submits, signs, schedules or sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import RowMapping, func, insert, or_, select, union, update

from data.errors import BadInput, Refused, TactError
from data.reference import Playbook, playbook
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import cascade_steps, drafts, past_posts, publications
from workflow.access import require
from workflow.draft import Writing, create, writing_of
from workflow.duty import rota
from workflow.held import open_rows, scope_of
from workflow.lifecycle import draft_row, facts_of, send_to, state_of
from workflow.measuring import lately
from workflow.measuring.lately import Post
from workflow.notices import tell
from workflow.rules.answers import turning
from workflow.rules.cascade import Lead, Next, Planned, Step, StepState, beginning, begins, decide, plan
from workflow.rules.drafts import Move, State
from workflow.rules.holds import covers
from workflow.rules.notices import Kind
from workflow.telling import named

# A platform that the team wrote for so lately is one of its own (ours).
LATELY = timedelta(days=90)
# A moment that one of these speaks about on a platform is not spoken about there yet.
_GIVEN_UP = (State.WITHDRAWN.value, State.REJECTED.value, State.EXPIRED.value)


@dataclass(frozen=True)
class Ways:
    """Where the team can speak: its channel for each platform that it has an account on, and the channels that stand
    for any platform (posting by hand, the dry run): a lead that left through one of those may go on through it.
    `by_hand` is for platforms that the team speaks on without an account here."""

    by_platform: Mapping[str, str] = field(default_factory=dict)
    anywhere: frozenset[str] = frozenset()
    by_hand: str = ""

    def after(self, channel: str, platforms: Collection[str], spoken: Collection[str] = ()) -> dict[str, str]:
        """The channel for each of these platforms after a lead on `channel`; without those that the team lacks.

        `spoken`: the platforms that it has written for lately.
        """
        found = {one: self.by_hand for one in platforms if self.by_hand and one in spoken}
        if channel in self.anywhere:
            found = {one: channel for one in platforms}
        return found | {one: self.by_platform[one] for one in platforms if one in self.by_platform}


NEXT = ("instagram_feed", "linkedin", "blog", "email")


@dataclass(frozen=True)
class Told:
    """A step as it stands, and what becomes of it next. `draft_id` None: nothing is prepared yet.

    `said`: why it was closed or left out.
    """

    id: int
    lead_id: int
    step: Step
    next: Next
    draft_id: int | None
    book: Playbook
    said: str


def tend(store: Store, ways: Ways) -> int:
    """Begin cascades, prepare what is due, close what is over; how many steps changed. Safe in several workers.

    Looked at in a read first: most looks find nothing to do, and keep no writer waiting.
    """
    with store.read() as tx:
        posts = lately.posts(tx, tx.now)
        idle = not _beginning(tx, posts, ways) and not _changing(told(tx, posts))
    if idle:
        return 0
    with store.write() as tx:
        posts = lately.posts(tx, tx.now)
        begun = [_begin(tx, post, one) for post, some in _beginning(tx, posts, ways) for one in some]
        changing = _changing(told(tx, posts))
        for one in changing:
            _prepare(tx, one) if one.next.what == "prepare" else _close(tx, one, one.next.why)
        return len(begun) + len(changing)


def told(tx: Tx, posts: Sequence[Post]) -> tuple[Told, ...]:
    """Every step that is not over yet, and those of the last day's leads, each with what becomes of it next."""
    mine = cascade_steps.c.lead_publication_id.in_([post.id for post in posts])
    waiting = cascade_steps.c.state == StepState.WAITING.value
    lead_draft = drafts.alias("lead_draft")
    rows = tx.rows(
        select(
            cascade_steps, drafts.c.state.label("draft_state"),
            lead_draft.c.regions, lead_draft.c.topic, lead_draft.c.hashtags, lead_draft.c.promotional,
        )
        .join(publications, publications.c.id == cascade_steps.c.lead_publication_id)
        .join(lead_draft, lead_draft.c.id == publications.c.draft_id)
        .outerjoin(drafts, drafts.c.id == cascade_steps.c.draft_id)
        .where(or_(mine, waiting))
        .order_by(cascade_steps.c.lead_publication_id, cascade_steps.c.id)
    )  # fmt: skip
    by_lead: defaultdict[int, list[RowMapping]] = defaultdict(list)
    for row in rows:
        by_lead[row["lead_publication_id"]].append(row)
    scopes = [scope_of(row) for row in tx.rows(open_rows())] if rows else []
    known = lately.by_id(posts)
    found: list[Told] = []
    for lead_id, some in by_lead.items():
        steps = [_step(row, any(covers(scope, facts_of(row)) for scope in scopes)) for row in some]
        nexts = decide(steps, _lead(known.get(lead_id)), tx.now)
        found += [_told(row, step, after) for row, step, after in zip(some, steps, nexts, strict=True)]
    return tuple(found)


def _step(row: RowMapping, held: bool) -> Step:
    return Step(
        platform=row["platform"],
        label=playbook(row["platform"]).label,
        stage=row["step"],
        state=StepState(row["state"]),
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        draft=State(row["draft_state"]) if row["draft_state"] else None,
        held=held,
    )


def _lead(post: Post | None) -> Lead:
    """A lead that is not among the last day's posts was taken down, or its windows are over."""
    if post is None:
        return Lead(None, gone=True, negative=False)
    mark = post.mark
    return Lead(mark.ratio if mark else None, gone=False, negative=turning(post.id, post.mood).acts)


def _told(row: RowMapping, step: Step, after: Next) -> Told:
    said = str(row["why"].get("said", "")) if step.state in (StepState.CLOSED, StepState.DECLINED) else ""
    return Told(row["id"], row["lead_publication_id"], step, after, row["draft_id"], playbook(row["platform"]), said)


def _changing(found: Sequence[Told]) -> list[Told]:
    return [one for one in found if one.next.what in ("prepare", "close")]


# --- beginning ---------------------------------------------------------------------------------------------------


def _beginning(tx: Tx, posts: Sequence[Post], ways: Ways) -> list[tuple[Post, tuple[Planned, ...]]]:
    """The leads that pass and have no steps yet: the first post about a moment, not one that a cascade brought."""
    passing = [post for post in posts if post.opportunity_id is not None and begins(lately.ratios(post)) is not None]
    if not passing:
        return []
    moments = {post.opportunity_id for post in passing}
    ids, drafted = [post.id for post in passing], [post.draft_id for post in passing]
    known = tx.rows(
        select(cascade_steps.c.lead_publication_id, cascade_steps.c.draft_id).where(
            or_(cascade_steps.c.lead_publication_id.in_(ids), cascade_steps.c.draft_id.in_(drafted))
        )
    )
    led, followed = {row["lead_publication_id"] for row in known}, {row["draft_id"] for row in known}
    of_moment = publications.join(drafts, drafts.c.id == publications.c.draft_id)
    first = tx.conn.execute(
        select(func.min(publications.c.id))
        .select_from(of_moment)
        .where(drafts.c.opportunity_id.in_(moments))
        .group_by(drafts.c.opportunity_id)
    )
    leading = {row[0] for row in first} - led
    taken: defaultdict[int, set[str]] = defaultdict(set)
    spoken = drafts.c.opportunity_id.in_(moments) & drafts.c.state.not_in(_GIVEN_UP)
    for row in tx.rows(select(drafts.c.opportunity_id, drafts.c.platform).where(spoken)):
        taken[row["opportunity_id"]].add(row["platform"])
    found, used = [], _spoken_lately(tx)
    for post in passing:
        if post.id in leading and post.draft_id not in followed and post.opportunity_id is not None:
            steps = plan(post.at, ways.after(post.channel, NEXT, used), taken[post.opportunity_id])
            still = tuple(one for one in steps if one.closes_at >= tx.now)
            found += [(post, still)] if still else []
    return found


def _spoken_lately(tx: Tx) -> frozenset[str]:
    """The platforms that the team has written for in the last three months, or brought figures of."""
    since = tx.now - LATELY
    written = select(drafts.c.platform).where(drafts.c.created_at > since, drafts.c.state.not_in(_GIVEN_UP))
    brought = select(past_posts.c.platform).where(past_posts.c.at > since)
    return frozenset(row["platform"] for row in tx.rows(union(written, brought)))


def _begin(tx: Tx, post: Post, one: Planned) -> int:
    ratio = begins(lately.ratios(post))
    step_id = tx.insert(
        insert(cascade_steps).values(
            lead_publication_id=post.id,
            step=one.step,
            platform=one.platform,
            channel=one.channel,
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            state=StepState.WAITING.value,
            why={"ratio": ratio},
        )
    )
    why = f"The lead reached {ratio:.1f} × its usual."
    _event(tx, events.THE_PRODUCT, "cascade_begun", post.draft_id, step_id, one.platform, "waiting", why)
    return step_id


# --- preparing and closing ---------------------------------------------------------------------------------------


def _prepare(tx: Tx, one: Told) -> None:
    """A draft of its own, in writing, by whoever wrote the lead."""
    lead = _lead_draft(tx, one.lead_id)
    author = rota(tx).people.get(lead["author_id"])
    if author is None:
        _close(tx, one, "Whoever wrote the lead has no account any more: begin a draft yourself.")
        return
    row = step_row(tx, one.id)
    try:
        writing = _writing(writing_of(tx, lead), one.book, row["channel"])
        draft_id = create(tx, author, writing, lead["opportunity_id"], by=events.THE_PRODUCT)
    except TactError as error:  # a picture that nobody wants to see again, say: nothing was written yet
        _close(tx, one, error.message)
        return
    values = {"state": StepState.PREPARED.value, "draft_id": draft_id, "prepared_at": tx.now}
    tx.run(update(cascade_steps).where(cascade_steps.c.id == one.id).values(**values))
    why = f"Step {one.step.stage} after {named(tx, lead)}."
    _event(tx, events.THE_PRODUCT, "cascade_prepared", draft_id, one.id, one.step.platform, "prepared", why)
    text = (
        f"The post does well: a draft for {one.book.label} is prepared from it. Make it yours ({one.book.tone}) and "
        "submit it; it needs its own signatures."
    )
    tell(tx, [author.id], Kind.AMPLIFY, "draft", draft_id, text, f"cascade:{one.id}:{draft_id}:prepared")


def _writing(lead: Writing, book: Playbook, channel: str) -> Writing:
    """The lead's words and pictures, as a beginning for another platform; nothing else of it was meant for there."""
    return replace(
        lead,
        text=beginning(lead.text, book),
        platform=book.key,
        channel=channel,
        media=lead.media if book.pictures is None else lead.media[: book.pictures],
        template=None,
        fields={},
        planned_for=None,
        answering={},
    )


def _close(tx: Tx, one: Told, why: str) -> None:
    _settle(tx, one.id, StepState.CLOSED, why, None)
    lead = _lead_draft(tx, one.lead_id)
    _event(tx, events.THE_PRODUCT, "cascade_closed", lead["id"], one.id, one.step.platform, "closed", why)


# --- what people say to it ---------------------------------------------------------------------------------------


def decline(store: Store, token: str, step_id: int, note: str = "") -> None:
    """Leave this channel out. A prepared draft that nobody has handed in yet is withdrawn with it."""
    with store.write() as tx:
        person = require(tx, token, "write")
        row = step_row(tx, step_id)
        if row["state"] not in (StepState.WAITING, StepState.PREPARED):
            raise Refused("This step is over already.", ("wrong_state",))
        if row["draft_id"] is not None:
            draft = draft_row(tx, row["draft_id"])
            if state_of(draft) != State.WRITING:
                raise Refused("Its draft has gone on: withdraw it on its own page.", ("wrong_state",))
            send_to(tx, person.actor, draft, Move.WITHDRAW, why="The cascade goes on without it.")
        _settle(tx, step_id, StepState.DECLINED, note.strip(), person.id)
        lead = _lead_draft(tx, row["lead_publication_id"])
        _event(tx, person.actor, "cascade_declined", lead["id"], step_id, row["platform"], "declined", note.strip())


def reopen(store: Store, token: str, step_id: int) -> None:
    """Take a declined step back, while its window lasts: it waits for its turn again, with a draft to come."""
    with store.write() as tx:
        person = require(tx, token, "write")
        row = step_row(tx, step_id)
        if row["state"] != StepState.DECLINED:
            raise Refused("Only a step that was declined can be taken back.", ("wrong_state",))
        if tx.now > row["closes_at"]:
            raise Refused("Its window is over. Begin a draft yourself if it still makes sense.", ("late",))
        values = {"state": StepState.WAITING.value, "draft_id": None, "prepared_at": None}
        tx.run(
            update(cascade_steps)
            .where(cascade_steps.c.id == step_id)
            .values(**values, decided_by=None, decided_at=None)
        )
        lead = _lead_draft(tx, row["lead_publication_id"])
        _event(tx, person.actor, "cascade_reopened", lead["id"], step_id, row["platform"], "waiting", "")


def step_row(tx: Tx, step_id: int) -> RowMapping:
    """The step with this id. BadInput when there is none."""
    row = tx.row(select(cascade_steps).where(cascade_steps.c.id == step_id))
    if row is None:
        raise BadInput("There is no such step.")
    return row


def _settle(tx: Tx, step_id: int, state: StepState, why: str, person_id: int | None) -> None:
    was = step_row(tx, step_id)["why"]
    tx.run(
        update(cascade_steps)
        .where(cascade_steps.c.id == step_id)
        .values(state=state.value, why={**was, "said": why}, decided_by=person_id, decided_at=tx.now)
    )


def _lead_draft(tx: Tx, publication_id: int) -> RowMapping:
    draft_id = tx.value(select(publications.c.draft_id).where(publications.c.id == publication_id))
    return draft_row(tx, draft_id)


def _event(
    tx: Tx, actor: events.Actor, kind: str, draft_id: int, step_id: int, platform: str, after: str, why: str
) -> None:
    detail = {"step": step_id, "platform": platform}
    events.append(tx, actor, kind, "draft", draft_id, after=after, why=why, detail=detail)
