"""The weekly report as a PDF: the words on top, the figures below, on A4 that prints in black and white.

The same report always gives the same bytes, so that a letter that is sent twice carries one document. Words come from
people and titles from outside: everything is escaped, and a sign that the font has not is drawn as a box instead of
being left out in silence.
"""

from __future__ import annotations

import io
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from workflow.measuring.weekly import Report, Section

MIME = "application/pdf"
# DejaVu covers Latin, Greek and Cyrillic; it is free to embed (fonts/LICENSE).
FONTS = Path(__file__).parent / "ui" / "static" / "fonts"
_BODY, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_MISSING = "□"
_WIDTH = A4[0] - 40 * mm


def render(report: Report) -> bytes:
    """The report as PDF bytes."""
    _fonts()
    out = io.BytesIO()
    title = f"{report.brand}: week {report.week}"
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=20 * mm,
        title=_shown(title), author=_shown(report.author or "Tact"), subject="Weekly report", lang="en", invariant=1,
    )  # fmt: skip
    footer = _shown(f"{title} · Tact")
    document.build(
        _story(report),
        onFirstPage=lambda canvas, _: _foot(canvas, footer),
        onLaterPages=lambda canvas, _: _foot(canvas, footer),
    )
    return out.getvalue()


def name_of(report: Report) -> str:
    """What the file is called."""
    return f"tact-week-{report.week}.pdf"


def _story(report: Report) -> list[Flowable]:
    zone = ZoneInfo(report.zone)
    first, last = report.since.astimezone(zone), report.until.astimezone(zone)
    told = f"{first:%A}, {first.day} {first:%B %Y} to {last:%A}, {last.day} {last:%B %Y}, midnights in {report.zone}"
    story: list[Flowable] = [
        Paragraph(_text(f"{report.brand}, week {report.week}"), _style("title", _BOLD, 18, after=2)),
        Paragraph(_text(told), _style("when", _BODY, 8.5, grey=True, after=8)),
    ]
    words = _style("words", _BODY, 10.5, after=6)
    story += [Paragraph(_text(part), words) for part in report.words.split("\n") if part.strip()]
    if report.words and report.author:
        story.append(Paragraph(_text(f"– {report.author}"), _style("by", _BODY, 9, grey=True, after=8)))
    for section in report.sections:
        story += _section(section)
    return story


def _section(section: Section) -> list[Flowable]:
    head = [Spacer(1, 4 * mm), Paragraph(_text(section.title), _style("head", _BOLD, 12, after=3))]
    body: list[Flowable] = [_table(section)] if section.lines else []
    if section.note:
        body.append(Paragraph(_text(section.note), _style("note", _BODY, 8, grey=True, before=3)))
    return [KeepTogether([*head, *body])] if len(section.lines) <= _TOGETHER else [*head, *body]


# Longer tables may break over a page's end.
_TOGETHER = 25


def _table(section: Section) -> Table:
    label, of = _style("label", _BODY, 9.5), _style("of", _BODY, 8.5, grey=True)
    value = ParagraphStyle("value", parent=_style("value", _BOLD, 10), alignment=TA_RIGHT)
    rows = [
        [Paragraph(_text(one.label), label), Paragraph(_text(one.value), value), Paragraph(_text(one.of), of)]
        for one in section.lines
    ]
    table = Table(rows, colWidths=[_WIDTH * 0.44, _WIDTH * 0.2, _WIDTH * 0.36], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.Color(0.8, 0.8, 0.8)),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _style(name: str, font: str, size: float, *, grey: bool = False, before: float = 0, after: float = 0) -> Any:
    return ParagraphStyle(
        name,
        fontName=font,
        fontSize=size,
        leading=size * 1.35,
        textColor=colors.Color(0.36, 0.36, 0.36) if grey else colors.black,
        spaceBefore=before * mm / 2,
        spaceAfter=after * mm / 2,
    )


def _foot(canvas: Any, words: str) -> None:
    canvas.saveState()
    canvas.setFont(_BODY, 8)
    canvas.setFillGray(0.4)
    canvas.drawString(20 * mm, 11 * mm, words)
    canvas.drawRightString(A4[0] - 20 * mm, 11 * mm, f"page {canvas.getPageNumber()}")
    canvas.restoreState()


def _text(words: str) -> str:
    """Words as reportlab's small markup wants them: nothing in them is markup."""
    return escape(_shown(words), quote=False)


def _shown(words: str) -> str:
    known = _fonts()
    return "".join(one if one in "\t\n " or ord(one) in known else _MISSING for one in words)


@cache
def _fonts() -> frozenset[int]:
    """Make the fonts known to reportlab, once; the signs that they have."""
    found: list[frozenset[int]] = []
    for name in (_BODY, _BOLD):
        font = TTFont(name, FONTS / f"{name}.ttf")
        pdfmetrics.registerFont(font)
        found.append(frozenset(font.face.charToGlyph))
    return found[0] & found[1]
