"""The door to the platforms, as channels see it: a client for one deed, made by whoever guards the network.

A platform's address is typed by a person (a Mastodon server, a blog), so it must pass the same guard as a feed's:
public addresses only, asked again for each connection, a deadline over everything, answers of bounded size, no
redirects. The guard lives in `monitors`, on the same floor as this room; `app.wiring` brings the two together.
"""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Protocol

import httpx


class Door(Protocol):
    """Gives out clients whose every connection is guarded; and the time, which nobody else here knows."""

    def client(self, seconds: float = 20.0) -> httpx.Client:
        """A client for one deed: all its requests together take at most `seconds`. Close it (`with`).

        It raises httpx's own errors: ConnectError or ConnectTimeout where nothing was sent, a private address
        included; any other TransportError where something may have been.
        """
        ...

    def connect(self, host: str, port: int, seconds: float = 10.0) -> socket.socket:
        """A connection for what is no HTTP (mail), made within `seconds`; what follows is the caller's to time.

        Raises httpx's ConnectError or ConnectTimeout.
        """
        ...

    def now(self) -> datetime:
        """The time, for what has to be signed with it."""
        ...
