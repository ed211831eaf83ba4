"""`python -m app score` as a program: it streams, needs no network, and stays within its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Any socket at all is an error in this process; what it used at most is told at its end.
ALONE = """
import pathlib, re, socket, sys
class Refused(socket.socket):
    def __init__(self, *args, **kwargs):
        raise AssertionError("a socket was asked for")
socket.socket = Refused
from app.cli import main
status = main(["score"])
# Not by getrusage: a child inherits the most that its parent ever used.
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024, file=sys.stderr)
sys.exit(status)
"""
MOST_MEGABYTES = 250
TEXTS = [
    "Three children drowned when the ferry went down",
    "our striker murdered that free kick 😂",
    "Lovely tea this morning, thank you",
]


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory of a process is read from /proc")
def test_an_answer_comes_before_the_next_text_is_given_with_no_network_and_little_memory() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", ALONE], cwd=ROOT, text=True, **pipes) as child:
        answers = []
        for number, text in enumerate(TEXTS):
            child.stdin.write(json.dumps({"id": number, "text": text}) + "\n")
            child.stdin.flush()
            answers.append(json.loads(child.stdout.readline() or "{}"))
        child.stdin.close()
        told = child.stderr.read()
    assert child.returncode == 0, told
    assert [answer["id"] for answer in answers] == [0, 1, 2]
    assert [answer["tragedy"]["label"] for answer in answers] == ["hold", "clear", "clear"]
    assert int(told.splitlines()[-1]) <= MOST_MEGABYTES
