"""What a judge is asked and what it answers: the types every room above `scoring` speaks in.

Frozen dataclasses only: no clock, no network, no database. A verdict is always explained: each `Reason` carries
a code for the machine, a sentence for a tired person and the very words, headline or warning it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Tragedy(StrEnum):
    """How dark a text or a moment is. Ordered by caution: clear < review < hold."""

    CLEAR = "clear"
    REVIEW = "review"
    HOLD = "hold"


BY_FEEL = "model"
"""The code of a reason that a trained model gives: words that weighed, without one that names harm."""


@dataclass(frozen=True)
class Reason:
    """One piece of evidence. `weight` in [0, 1] says how much it moved the verdict."""

    code: str
    text: str
    evidence: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Sentiment:
    """Shares in [0, 1] that add up to 1; `label` is the largest of them."""

    label: str
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True)
class TragedyVerdict:
    """`probability` in [0, 1] that commercial speech next to this text would hurt."""

    label: Tragedy
    probability: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class TextVerdict:
    """What one text says by itself."""

    sentiment: Sentiment
    tragedy: TragedyVerdict


class TextScorer(Protocol):
    """Anything that judges texts. May raise: callers go through `scoring.safety.score_safely`."""

    @property
    def name(self) -> str:
        """Which rules or weights speak: stored with every verdict."""
        ...

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        """One verdict for each text, in order."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product says how near two texts are in meaning, in [-1, 1]."""

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One vector for each text, in order."""
        ...


@dataclass(frozen=True)
class Use:
    """A text somebody published: an item as the judge needs it. `kind` is news, mentions or official.

    `language`: what its source calls its language, two letters or more; None where nobody said.
    """

    text: str
    at: datetime
    kind: str = "mentions"
    region: str | None = None
    topic: str | None = None
    source: str = ""
    url: str = ""
    language: str | None = None
    author: str = ""


@dataclass(frozen=True)
class Warning:
    """An official warning in CAP terms. `severity`: Extreme, Severe, Moderate, Minor or Unknown."""

    agency: str
    event: str
    severity: str
    area: str
    region: str | None
    at: datetime
    expires: datetime | None = None
    cancelled: bool = False
    text: str = ""


@dataclass(frozen=True)
class BrandProfile:
    """Who is speaking. `regions` are ISO 3166 codes (`US`, `US-NJ`), `languages` ISO 639-1 codes.

    `cultures`: customs and holidays the team knows from within. `sells_to`: people or companies. `regulated`: finance,
    health, medicine, alcohol and the like. `team_size`: people who answer for the channels; 0 while nobody said.
    """

    name: str
    category: str = ""
    keywords: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    pain_points: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    never_list: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    cultures: tuple[str, ...] = ()
    sells_to: str = "people"
    regulated: bool = False
    team_size: int = 0


@dataclass(frozen=True)
class Pulse:
    """The brand's own mentions of the last hour against what is usual: how many, and which share is negative.

    `usual` values are None while there is too little history to say.
    """

    count: int
    negative: int
    usual_count: float | None = None
    usual_share: float | None = None


@dataclass(frozen=True)
class Moment:
    """Everything known about a topic at one instant.

    `uses`: its own recent uses; `news`: news of the last 48 hours whatever the topic; `warnings`: official ones.
    `count` mentions in the window against `baseline` (None while there is no history). `heard`: how many posts about
    it went by lately of which most were not kept; 0 where enough of them are among `uses`.
    """

    topic: str
    uses: tuple[Use, ...] = ()
    news: tuple[Use, ...] = ()
    warnings: tuple[Warning, ...] = ()
    count: float = 0.0
    baseline: float | None = None
    authors: int = 0
    first_seen: datetime | None = None
    heard: int = 0
    pulse: Pulse | None = None


@dataclass(frozen=True)
class Score:
    """A point on one of the guide's 0-10 scales, with the reason in words."""

    value: float
    why: str


@dataclass(frozen=True)
class Cell:
    """A quadrant of the guide's opportunity matrix: decision, window in minutes (None: skip) and resources."""

    quadrant: str
    decision: str
    window_minutes: tuple[int, int] | None
    resources: str


@dataclass(frozen=True)
class WrongApproach:
    """One of the guide's six situations in which reacting is the wrong thing, as it applies here."""

    key: str
    why: str


@dataclass(frozen=True)
class UseRead:
    """One use of a topic as the context check read it: how dark it is, in [0, 1], and whether that counts."""

    text: str
    darkness: float
    dark: bool


@dataclass(frozen=True)
class Context:
    """The guide's context check: `read` recent uses, `dark` of them dark, ten of them to see, and a sentence.

    `share` counts a use that is only uneasy as half a dark one.
    """

    read: int = 0
    dark: int = 0
    share: float = 0.0
    uses: tuple[UseRead, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class MomentVerdict:
    """What the machine thinks of a moment. A suggestion: two people's assessments decide."""

    sentiment: Sentiment
    tragedy: TragedyVerdict
    relevance: Score
    interest: Score
    cell: Cell
    category: str
    scorer: str
    scored_at: datetime
    subcategory: str = ""
    category_why: str = ""
    wrong_approaches: tuple[WrongApproach, ...] = ()
    context: Context = Context()


@dataclass(frozen=True)
class Post:
    """A post as the judge needs it, just before it would leave."""

    text: str
    topic: str | None
    regions: tuple[str, ...]
    reactive: bool
    promotional: bool


@dataclass(frozen=True)
class Scope:
    """What a hold covers. `kind`: everything, region, topic or channel; `value` names which one."""

    kind: str
    value: str = ""


@dataclass(frozen=True)
class HoldCall:
    """A hold that the rules call for, with the evidence for it."""

    scope: Scope
    reasons: tuple[Reason, ...] = field(default_factory=tuple)
