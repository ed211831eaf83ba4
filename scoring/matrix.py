"""The guide's opportunity matrix: relevance against interest, four quadrants, each with a decision and a window.

Pure arithmetic. The guide draws the quadrants without saying where low ends; it calls 4-6 tangential and 7-9 clear, so
our cut is: a value above 6 is high. Kept apart from the scores, because people's assessments are plotted here too.
"""

from __future__ import annotations

import math

from scoring.contract import Cell

HIGH_ABOVE = 6.0

_CELLS: dict[tuple[bool, bool], Cell] = {
    (True, True): Cell(
        "high relevance, high interest",
        "go",
        (15, 60),
        "The whole team now, the short way through approval, and money to carry it further.",
    ),
    (True, False): Cell(
        "high relevance, low interest",
        "conditional_go",
        (240, 720),
        "Draft it and watch for two to four hours; publish only if people begin to talk.",
    ),
    (False, True): Cell(
        "low relevance, high interest",
        "caution",
        (60, 240),
        "Only with an honest link to the brand and a manager's yes; otherwise leave it.",
    ),
    (False, False): Cell(
        "low relevance, low interest",
        "no_go",
        None,
        "Nothing: keep watching for a moment that is ours.",
    ),
}


def cell(relevance: float, interest: float) -> Cell:
    """The quadrant of a point on the two 0-10 scales. Raises ValueError off the scale or for NaN."""
    for name, value in (("relevance", relevance), ("interest", interest)):
        if not math.isfinite(value) or not 0 <= value <= 10:
            raise ValueError(f"{name} must lie between 0 and 10, not {value}")
    return _CELLS[relevance > HIGH_ABOVE, interest > HIGH_ABOVE]
