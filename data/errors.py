"""The errors of the house, in one small tree.

    TactError                  a sentence for a person; the technical cause beside it
    ├── BadInput               what was given cannot be used: a file, a row, an address, a field
    ├── Refused                a rule says no: wrong role, wrong state, own draft, somebody was faster
    │   └── NotSignedIn        the sign-in is missing, over, or revoked
    ├── StorageError           the database cannot be used: unreachable, newer, not ours, locked, full
    ├── FetchError             an address could not be read
    └── ChannelError           a platform did not take a post

Commands print the sentence and exit with status 2; pages show it where the person is looking and log the cause.
"""

from __future__ import annotations


class TactError(Exception):
    """A sentence for a person that says what to do next, and the technical cause beside it."""

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause


class BadInput(TactError):
    """What was given cannot be used."""


class Refused(TactError):
    """A rule says no. `codes` name the rules that did."""

    def __init__(self, message: str, codes: tuple[str, ...] = (), cause: str = "") -> None:
        super().__init__(message, cause)
        self.codes = codes


class NotSignedIn(Refused):
    """The sign-in is missing, over, or revoked."""


class StorageError(TactError):
    """The database cannot be used."""


class FetchError(TactError):
    """An address could not be read."""


class ChannelError(TactError):
    """A platform did not take a post."""
