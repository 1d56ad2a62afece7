"""A ticket on paper: one A5 page with a vector QR code, readable names in every script.

reportlab is imported at first use; most processes never print.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organizer.checkin.qr import QUIET_MODULES, matrix, runs

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

FONTS: Final = Path(__file__).with_name("fonts")  # DejaVu 2.37, see the licence there
_REGULAR: Final = "DejaVuSans"
_BOLD: Final = "DejaVuSans-Bold"
# What DejaVu has no glyphs for: Adobe's font packs, which every PDF reader brings along.
_FALLBACKS: Final = (
    ("HYSMyeongJo-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),
    ("HeiseiKakuGo-W5", ((0x3040, 0x30FF),)),
    ("STSong-Light", ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))),
)
_POINTS_PER_MM: Final = 72 / 25.4
_INK: Final = (0.11, 0.1, 0.09)
_QUIET: Final = (0.38, 0.36, 0.33)


@dataclass(frozen=True)
class TicketPaper:
    """Everything that is printed, already in the reader's language."""

    payload: str
    title: str
    when: str
    place: str
    name: str
    party: str
    typed_code: str
    hint: str
    language: str = "en"


def ticket_pdf(paper: TicketPaper) -> bytes:
    """The ticket as a PDF of one A5 page; the same ticket gives the same bytes."""
    from reportlab.lib.pagesizes import A5
    from reportlab.pdfgen.canvas import Canvas

    _register_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A5, invariant=True, lang=paper.language)
    canvas.setTitle(paper.title)
    canvas.setAuthor("Organizer")
    width, height = A5
    margin = 14 * _POINTS_PER_MM
    column = _Column(canvas, left=margin, top=height - margin, width=width - 2 * margin)
    column.write(paper.title, _BOLD, 20, most_lines=3)
    column.gap(6)
    column.write(paper.when, _BOLD, 11.5)
    column.write(paper.place, _REGULAR, 11.5, most_lines=3)
    column.gap(14)
    column.write(paper.name, _BOLD, 15, most_lines=2)
    if paper.party:
        column.write(paper.party, _REGULAR, 11.5)
    foot = margin + 40
    side = min(width, column.top - foot)
    _draw_qr(canvas, paper.payload, left=(width - side) / 2, bottom=foot, side=side)
    canvas.setFont(_BOLD, 17)
    canvas.drawCentredString(width / 2, margin + 26, paper.typed_code)
    foot_column = _Column(canvas, left=margin, top=margin + 16, width=width - 2 * margin, colour=_QUIET)
    foot_column.write(paper.hint, _REGULAR, 8.5, most_lines=2)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


class _Column:
    """Lines of text from the top down."""

    def __init__(
        self, canvas: Canvas, *, left: float, top: float, width: float, colour: tuple[float, ...] = _INK
    ) -> None:
        self.canvas, self.left, self.top, self.width, self.colour = canvas, left, top, width, colour

    def gap(self, points: float) -> None:
        """Leave room before the next line."""
        self.top -= points

    def write(self, text: str, font: str, size: float, most_lines: int = 2) -> None:
        """Write `text` in lines that fit; what goes beyond `most_lines` ends in an ellipsis."""
        lines = _wrapped(" ".join(text.split()), font, size, self.width)
        if len(lines) > most_lines:
            lines = [*lines[: most_lines - 1], lines[most_lines - 1].rstrip(" ,.") + "…"]
        for line in lines:
            self.top -= size * 1.32
            self._line(line, font, size)

    def _line(self, line: str, font: str, size: float) -> None:
        ink = self.canvas.beginText(self.left, self.top + size * 0.3)
        ink.setFillColorRGB(*self.colour)
        for run_font, run in _font_runs(line, font):
            ink.setFont(run_font, size)
            ink.textOut(run)
        self.canvas.drawText(ink)


def _draw_qr(canvas: Canvas, payload: str, *, left: float, bottom: float, side: float) -> None:
    """The code with its quiet zone in a square of `side` points: one path of thick horizontal lines."""
    modules = matrix(payload)
    module = side / (len(modules) + 2 * QUIET_MODULES)
    canvas.saveState()
    canvas.translate(left, bottom + side)
    canvas.scale(module, -module)  # from here on a module is 1, counted from the upper left
    canvas.setStrokeColorRGB(0, 0, 0)
    canvas.setLineWidth(1)
    lines = [
        f"{x + QUIET_MODULES} {y + QUIET_MODULES}.5 m {x + QUIET_MODULES + length} {y + QUIET_MODULES}.5 l"
        for y, x, length in runs(modules)
    ]
    canvas.addLiteral(
        "\n".join([*lines, "S"])
    )  # reportlab writes each number anew, which takes as long as all the rest
    canvas.restoreState()


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """`text` in lines of at most `width` points; a word that is too long is broken anywhere."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _width(longer, font, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while _width(line, font, size) > width:
            cut = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or _width(line[:n], font, size) <= width)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line]


def _width(text: str, font: str, size: float) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(sum(stringWidth(run, run_font, size) for run_font, run in _font_runs(text, font)))


def _font_runs(text: str, font: str) -> list[tuple[str, str]]:
    """`text` in pieces of one font each: the wanted one, or a fallback where it has no glyph."""
    glyphs = _glyphs(font)

    def font_of(char: str) -> str:
        if ord(char) in glyphs:
            return font
        for name, ranges in _FALLBACKS:
            if any(first <= ord(char) <= last for first, last in ranges):
                return name
        return font

    return [(name, "".join(chars)) for name, chars in groupby(text, font_of)]


def _glyphs(font: str) -> dict[int, Any]:
    from reportlab.pdfbase.pdfmetrics import getFont

    glyphs: dict[int, Any] = getFont(font).face.charToGlyph
    return glyphs


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    from reportlab import rl_config
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    rl_config.useA85 = 0  # a tenth of the time, for readers that knew no bytes
    for name in (_REGULAR, _BOLD):
        registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    for name, _ in _FALLBACKS:
        registerFont(UnicodeCIDFont(name))
