"""By hand: for platforms that this team has no keys for.

When the post is due the console shows the approved words to copy, the clock keeps running, and a person pastes the
address of what they posted. Nothing is ever sent from here, and what has to come down a person deletes as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.errors import ChannelError
from publishing.channels import Channel, Outgoing, Published, Receipt


class ByHand(Channel):
    """A person is the way out."""

    name = "by_hand"
    label = "By hand (a person posts it)"
    idempotent = False
    by_hand = True
    answers = frozenset({"reply", "quote"})

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Always ChannelError: the outbox hands such a post to a person and never calls this."""
        raise ChannelError("This post is for a person to publish.", cause=f"by_hand.publish called for {outgoing.key}")

    def delete(self, published: Published) -> None:
        """Always ChannelError: a person takes it down, and this is never called."""
        raise ChannelError("This post is for a person to delete.", cause=f"by_hand.delete called for {published.key}")


def make(settings: Mapping[str, str]) -> ByHand:
    """No settings."""
    return ByHand()
