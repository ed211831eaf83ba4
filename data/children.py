"""A process of its own for work on somebody else's bytes: started, asked, and killed when it is too slow.

On the lowest floor because the monitors open feeds in one and the workflow opens pictures in one. Jobs and answers are
frames: an eight-byte length and that many bytes. What limits the child sets itself is its own file's business
(`monitors.parse_child`, `workflow.picture_child`).
"""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).resolve().parent.parent
_LENGTH = struct.Struct(">Q")


class Child:
    """One running module of ours. `environment` None: it inherits this process's."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python and a module of ours, never words from outside
            [sys.executable, "-m", module],
            cwd=_ROOT,
            env=None if environment is None else dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is ours to handle; the child ends with its input
        )
        jobs, answers = self._process.stdin, self._process.stdout
        if jobs is None or answers is None:
            raise RuntimeError("a child was started without pipes")
        self._jobs, self._answers = jobs, answers
        self.pid = self._process.pid

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def exchange(self, frames: tuple[bytes, ...], seconds: float, most: int, answers: int = 1) -> tuple[bytes, ...]:
        """Its `answers` within `seconds`; fewer where it did not answer, and it is killed when the time is over.

        `most`: no answer may have more bytes.
        """
        late = threading.Timer(seconds, self._process.kill)
        late.start()
        found: list[bytes] = []
        try:
            for frame in frames:
                write_frame(self._jobs, frame)
            while len(found) < answers and (reply := read_frame(self._answers, most)) is not None:
                found.append(reply)
        except OSError:
            return ()
        finally:
            late.cancel()
        return tuple(found)

    def end(self, patience: float = 0.0) -> int:
        """Make sure that it is gone; how it ended (0: it retired by itself, for which it is given `patience`)."""
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        for pipe in (self._jobs, self._answers):
            _close_quietly(pipe)
        return status


def _close_quietly(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end is gone; what was still to be written has nobody to read it."""
    try:
        pipe.close()
    except BrokenPipeError:
        return


def read_frame(stream: IO[bytes], most: int | None = None) -> bytes | None:
    """One length and its bytes; None where the stream ends, or promises more than `most`."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if most is not None and length > most:
        return None
    frame = stream.read(length)
    return frame if len(frame) == length else None


def write_frame(stream: IO[bytes], frame: bytes) -> None:
    """A length and its bytes, sent at once."""
    stream.write(_LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()
