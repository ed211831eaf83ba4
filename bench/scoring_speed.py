"""`python -m bench.scoring_speed`: the shipped judge's speed beside torch's, its first answer and its memory.

The shipped judge, `python -m app score` and torch each run in a process of their own, one after the other in the same
run: torch and ONNX Runtime in one process disturb each other. Only the ratio means something away from this machine.
torch is no part of the product: a Python that has it is named with --torch-python, or that part is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Thread
from typing import IO

from bench.labelled import own_lines, own_topics
from data.errors import TactError

ROOT = Path(__file__).parents[1]
WARM = 64
PATIENCE = 600
"""Seconds after which a process that has not answered is given up."""


class Failed(TactError):
    """A process that was to be timed did not answer."""


@dataclass(frozen=True)
class Command:
    """What `python -m app score` took: seconds to its first answer, texts a second from then on, memory in MB."""

    first: float
    speed: float
    peak: float | None
    at_rest: float | None


def main(arguments: Sequence[str]) -> int:
    """Print the ratios. Exit status 2, with a sentence, when something that was asked for cannot be timed."""
    parser = argparse.ArgumentParser(prog="python -m bench.scoring_speed", description=__doc__.split("\n\n")[0])
    parser.add_argument("--torch-python", metavar="PATH", help="a Python with torch and transformers")
    parser.add_argument("--model", type=Path, default=ROOT / "scoring" / "model", help="the shipped model's folder")
    parser.add_argument("--trained", type=Path, help="the folder that `make train` left, for torch's weights")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each; the middle one counts (default: 3)")
    parser.add_argument("--own-speed", action="store_true", help="time the shipped judge on standard input and stop")
    args = parser.parse_args(arguments)
    try:
        if args.own_speed:
            print(json.dumps(own_speed([line.rstrip("\n") for line in sys.stdin])))
        else:
            report(args)
    except TactError as error:
        print(error.message, file=sys.stderr)
        return 2
    return 0


def report(args: argparse.Namespace) -> None:
    """Time everything in turns, so that a busy moment of the machine meets both sides."""
    texts = [line.text for line in own_lines()] + [text for topic in own_topics() for text in topic.items]
    texts = list(dict.fromkeys(texts))
    print(f"{len(texts)} different texts of {sum(map(len, texts)) / len(texts):.0f} characters on average")
    ours = [sys.executable, "-m", "bench.scoring_speed", "--own-speed"]
    torch = [args.torch_python, "-m", "scoring.training.torch_speed", str(args.model)]
    torch += [str(args.trained)] if args.trained else []
    speeds: dict[str, list[float]] = {"shipped": [], "torch": []}
    for _ in range(max(1, args.rounds)):
        speeds["shipped"].append(told_speed(ours, texts))
        if args.torch_python:
            speeds["torch"].append(told_speed(torch, texts))
    shipped = median(speeds["shipped"])
    if args.torch_python:
        beside = median(speeds["torch"])
        absolute = f"{shipped:.0f} : {beside:.0f} texts/s"
        print(f"shipped judge : torch, same texts          {shipped / beside:8.2f}   ({absolute})")
    else:
        print(f"shipped judge: {shipped:.0f} texts/s here. Name a Python that has torch (--torch-python) to compare.")
    taken = command(texts)
    print(f"python -m app score : the judge alone      {taken.speed / shipped:8.2f}   ({taken.speed:.0f} texts/s)")
    print(f"its first answer, seconds after its start  {taken.first:8.2f}")
    if taken.peak is None or taken.at_rest is None:
        print("its resident memory is not told here: only Linux shows it in /proc.")
    else:
        print(f"its resident memory, MB                    {taken.at_rest:8.0f}   (at most {taken.peak:.0f})")


def own_speed(texts: Sequence[str]) -> dict[str, float]:
    """Texts a second of the judge that the settings name, after some other texts woke it."""
    from app import settings
    from app.judges import scorer_for

    scorer = scorer_for(settings.load())
    scorer.score([f"{text} once more" for text in texts[:WARM]])  # others: what was read before is remembered
    began = time.perf_counter()
    scorer.score(texts)
    return {"texts": len(texts), "texts_per_second": len(texts) / (time.perf_counter() - began)}


def told_speed(program: Sequence[str], texts: Sequence[str]) -> float:
    """What a program says of its own speed, given the texts a line each. Failed when it does not say."""
    lines = "".join(" ".join(text.split()) + "\n" for text in texts)
    try:
        done = subprocess.run(program, input=lines, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE)
        return float(json.loads(done.stdout.splitlines()[-1])["texts_per_second"])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{program[0]} could not be run to the end: is it a Python?", cause=str(error)) from error
    except (LookupError, ValueError) as error:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise Failed(f"{' '.join(program[:3])} told no speed. It said: {said[-1]}", cause=done.stderr) from error


def command(texts: Sequence[str], program: Sequence[str] = (sys.executable, "-m", "app", "score")) -> Command:
    """Run the command as people do: one text, and once it is answered all the others."""
    began = time.perf_counter()
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdin
        assert process.stdout
        _write(process.stdin, texts[:1], 0)
        _answers(process.stdout, 1)
        first = time.perf_counter() - began
        began = time.perf_counter()
        Thread(target=_write, args=(process.stdin, texts[1:], 1), daemon=True).start()
        _answers(process.stdout, len(texts) - 1)
        speed = (len(texts) - 1) / (time.perf_counter() - began)
        peak, at_rest = (memory(process.pid, what) for what in ("VmHWM", "VmRSS"))
        process.stdin.close()
    return Command(first, speed, peak, at_rest)


def memory(process: int, what: str) -> float | None:
    """Megabytes (of a million bytes) that a running process holds; None where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return None
    found = re.search(rf"^{what}:\s+(\d+) kB", status.read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None


def _write(pipe: IO[str], texts: Sequence[str], start: int) -> None:
    for number, text in enumerate(texts, start):
        pipe.write(json.dumps({"id": number, "text": text}) + "\n")
    pipe.flush()


def _answers(pipe: IO[str], number: int) -> None:
    for _ in range(number):
        if not pipe.readline():
            raise Failed("python -m app score stopped before it had answered: run it by hand to see why.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
