"""The door for connections that stay open: the same walls as `monitors.fetch`, for streams."""

from __future__ import annotations

from typing import Protocol


class StreamDoor(Protocol):
    """What a stream is handed to connect with."""
