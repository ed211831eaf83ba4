"""Console and worker as child processes of one command, which ends them all when it ends."""

from __future__ import annotations

import errno
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from app.settings import Settings, as_environment
from data.errors import BadInput

# How long a child may take to finish what it is doing before it is killed.
PATIENCE = 15.0


def refuse_taken_port(settings: Settings) -> None:
    """BadInput, with what to do, when the console could not listen where it shall: the port is taken, say."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.address, settings.port))
        except (OSError, UnicodeError) as error:  # the second: an address that no name service could be asked for
            raise BadInput(_unusable(settings, error), cause=str(error)) from error


def _unusable(settings: Settings, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} on {settings.address} is taken. Stop the other program, or set TACT_PORT."
    return f"Tact cannot listen on {settings.address}, port {settings.port}. Check TACT_ADDRESS and TACT_PORT."


class Supervisor:
    """Starts commands of ours, waits, and takes them all down together."""

    def __init__(self, settings: Settings, commands: Sequence[str]) -> None:
        self.settings = settings
        self.commands = commands
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = threading.Event()

    def run(self, started: Callable[[], None] = lambda: None) -> int:
        """Start, call `started`, and wait for a signal or for the first child that ends by itself."""
        for what in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(what, self._stop)
        try:
            for command in self.commands:
                self._start(command)
            started()
            return self._wait()
        finally:
            self.end()

    def _start(self, command: str) -> None:
        # A session of its own: a Ctrl-C in the terminal reaches only us, and we end the children in good order.
        self.children[command] = subprocess.Popen(  # noqa: S603 - our own interpreter and command names
            [sys.executable, "-m", "app", command], env=as_environment(self.settings), start_new_session=True
        )

    def _wait(self) -> int:
        while not self.stopping.wait(0.3):
            for command, child in self.children.items():
                if child.poll() is not None:
                    sys.stderr.write(f"The {command} ended by itself (status {child.returncode}); stopping.\n")
                    return 1
        return 0

    def end(self) -> None:
        """Ask every child to finish, and kill those that do not in time."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        for child in self.children.values():
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()
