"""The printed ticket: one page, its QR code readable, its letters embedded."""

from __future__ import annotations

import re
import zlib

import zxingcpp
from PIL import Image, ImageDraw

from organizer.checkin.keyring import KeyRing
from organizer.checkin.pdf import TicketPaper, ticket_pdf
from organizer.checkin.tickets import sign

TICKET = sign(KeyRing.fresh(), "k7m2q9x4ab", "se73a5m5gh")


def paper(**given: str) -> TicketPaper:
    usual = {
        "payload": TICKET,
        "title": "Разходка с фотоапарат",
        "when": "Sat 28 Nov 2026, 18:30 (EET)",
        "place": "Площад Джумаята, Пловдив",
        "name": "Станимира 山田太郎",
        "party": "For 3 people",
        "typed_code": "SE73-A5M5-GHK",
        "hint": "Show this code at the door.",
    }
    return TicketPaper(**(usual | given))


def page_of(pdf: bytes) -> str:
    """The drawing commands of the only page."""
    starts = list(re.finditer(rb"/Filter \[ /FlateDecode \] /Length (\d+)[^>]*>>\s+stream\r?\n", pdf))
    pages = [zlib.decompress(pdf[found.end() : found.end() + int(found[1])]) for found in starts]
    return next(page for page in pages if b" l" in page and b"BT" in page).decode("latin-1")


def test_the_code_on_paper_reads_back() -> None:
    page = page_of(ticket_pdf(paper()))
    module, down, left, top = map(float, re.findall(r"([\d.]+) 0 0 (-[\d.]+) ([\d.]+) ([\d.]+) cm", page)[-1])
    assert (down, re.findall(r"([\d.]+) w\b", page)) == (-module, ["1"])
    image = Image.new("L", (1680, 2384), 255)
    pen = ImageDraw.Draw(image)
    for x1, y1, x2, _ in re.findall(r"([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l", page):
        middle = 2384 - (top - float(y1) * module) * 4
        sides = [(left + float(x) * module) * 4 for x in (x1, x2)]
        pen.rectangle((sides[0], middle - module * 2, sides[1] - 1, middle + module * 2 - 1), fill=0)
    assert zxingcpp.read_barcodes(image)[0].text == TICKET


def test_one_page_with_embedded_cyrillic_and_the_same_bytes_each_time() -> None:
    pdf = ticket_pdf(paper())
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in pdf
    assert len(pdf) < 60_000
    assert ticket_pdf(paper()) == pdf


def test_long_words_and_texts_stay_on_the_page() -> None:
    pdf = ticket_pdf(paper(title="W" * 300, place="many words " * 80, name="Х" * 200, party=""))
    page = page_of(pdf)
    assert pdf.count(b"/Type /Page\n") == 1
    assert all(0 < float(y) < 596 for y in re.findall(r"1 0 0 1 [\d.-]+ ([\d.-]+) Tm", page))
