"""The ways in which a platform does not do what it was asked, told apart by what may be done next.

    NotBegun   nothing reached the platform: the same request may be made again
    Limited    it asks for patience (429): the same request may be made again, not before `after`
    Declined   it said no and did nothing: a person has to change something first
    Gone       what was asked about is not there any more
    Unsure     the request began and nobody knows what became of it (time-out, 5xx): look it up, or ask a person

A plain ChannelError means the same as Unsure: whoever does not know must not say that nothing happened.
"""

from __future__ import annotations

from datetime import timedelta

from data.errors import ChannelError


class NotBegun(ChannelError):
    """Nothing left this machine, or nobody was there to take it."""


class Limited(ChannelError):
    """The platform took nothing and asks to be left alone; `after` is how long, None where it did not say."""

    def __init__(self, message: str, cause: str = "", after: timedelta | None = None) -> None:
        super().__init__(message, cause)
        self.after = after


class Declined(ChannelError):
    """The platform refused; the sentence has its reason."""


class Gone(ChannelError):
    """The platform has it no longer."""


class Unsure(ChannelError):
    """It may have been done or not."""
