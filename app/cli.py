"""The command line that tests and operators rely on.

Each command is a module of `app/commands` that offers `HELP`, `arguments(parser)` and `run(args) -> int`; it is
imported only when asked for, so that `detect` does not wait for a web server to load. Exit status 0, or a sentence on
standard error and 2 – never a traceback for bad input.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence

from data.errors import TactError

COMMANDS = {
    "run": "console and worker together, on your own workspace",
    "console": "the console alone",
    "worker": "the worker alone",
    "demo": "console and worker on a fresh sample workspace, with the sample day",
    "migrate": "bring the database's schema up to date",
    "doctor": "check settings, database, sources and channels, and say what to do",
    "detect": "timestamp,value rows in; the detector's judgement of each row out",
    "score": "texts as JSON Lines in; sentiment and tragedy out",
    "replay": "a scenario or a recording through the whole pipeline on a simulated clock",
    "audit": "verify the chain of event rows, or print its head",
    "user": "add a person, list people, set a password",
    "hold": "open or list holds",
    "export": "the workspace's data as one portable SQLite file, or people's corrections to train from",
    "record": "the raw items of a period as one SQLite file, for replay",
    "import-history": "a team's own counts, so that monitors need not learn first",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may hold what a terminal cannot show
    if not given or given[0] not in COMMANDS:
        return _overview(given)
    name, *rest = given
    command = importlib.import_module(f"app.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"python -m app {name}", description=COMMANDS[name])
    command.arguments(parser)
    try:
        return int(command.run(parser.parse_args(rest)))
    except TactError as error:
        sys.stderr.write(f"{error.message}\n")
        if error.cause:
            sys.stderr.write(f"  ({error.cause})\n")
        return 2
    except BrokenPipeError:
        return 0  # the reader of our output has seen enough
    except KeyboardInterrupt:
        return 130


def _overview(given: Sequence[str]) -> int:
    asked = not given or given[0] in ("-h", "--help", "help")
    out = sys.stdout if asked else sys.stderr
    if not asked:
        out.write(f"There is no command {given[0]!r}.\n")
    out.write("usage: python -m app COMMAND [...]\n\n")
    out.writelines(f"  {name:<16}{what}\n" for name, what in COMMANDS.items())
    return 0 if asked else 2
