"""What stands on a reader's screen of the Live page, and what has come since: so that nothing moves under their hands.

Apart from `live`, which reads what is so: here is only what of it is drawn already. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.views.live import Line, Live, Told, Trigger
from workflow.rules.questions import Question


@dataclass(frozen=True)
class News:
    """What has come since the reader looked, in words; `urgent`: something turns. Empty words: nothing has."""

    words: str
    urgent: bool


@dataclass(frozen=True)
class Seen:
    """What stands on a reader's screen, in its order: what is new waits until it is asked for."""

    posts: tuple[int, ...]
    answers: tuple[tuple[int, str], ...]
    triggers: tuple[int, ...]

    @classmethod
    def of(cls, found: Live) -> Seen:
        """Everything that there is."""
        posts, answers = (one.id for one in found.lines), (one.key for one in found.acting)
        return cls(tuple(posts), tuple(answers), tuple(one.id for one in found.triggers))

    def lines_of(self, found: Live) -> list[Line]:
        """The posts that the reader knows, each where it was."""
        known = {one.id: one for one in found.lines}
        return [known[one] for one in self.posts if one in known]

    def answers_of(self, found: Live) -> list[Told]:
        """The same of the answers; one that asks for nothing any more keeps its place and says so."""
        known = {one.key: one for one in (*found.acting, *found.rest)}
        return [known[one] for one in self.answers if one in known]

    def rest_of(self, found: Live) -> list[Told]:
        """What else was answered about the posts on the screen."""
        return [one for one in found.rest if one.key[0] in self.posts and one.key not in self.answers]

    def triggers_of(self, found: Live) -> list[Trigger]:
        """The same of the alerts."""
        known = {one.id: one for one in found.triggers}
        return [known[one] for one in self.triggers if one in known]

    def news(self, found: Live) -> News:
        """What is there and not on the screen."""
        asking = [one for one in found.acting if one.key not in self.answers]
        turning = sum(one.answer.question == Question.TURNING and one.answer.acts for one in asking)
        counts = (
            (turning, "post turning negative", "posts turning negative"),
            (len(asking) - turning, "new answer", "new answers"),
            (sum(one.id not in self.posts for one in found.lines), "new post", "new posts"),
            (sum(one.id not in self.triggers for one in found.triggers), "new alert", "new alerts"),
        )
        said = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return News(", ".join(said), turning > 0)
