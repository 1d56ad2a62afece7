"""Every page, as a visitor and as an owner, on phone and desktop, light and dark: no axe violation, nothing blocked by the
policy, no sideways scrolling, one h1, and not too heavy."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta

import brotli
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from organizer import demo
from organizer.accounts.models import Account
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.demo.loading import OWNER, SLUG
from organizer.events import service as events
from organizer.events import telling
from organizer.events.models import Event
from organizer.outreach import addressees
from organizer.outreach.links import choose_token, stop_token
from organizer.outreach.models import HostMessage, Letter, LetterState
from organizer.outreach.topics import BY_NAME
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Kind, Question, Rsvp
from tests.e2e.conftest import DESKTOP, PHONE, LiveServer, OpenPage

SIZES = {"phone": PHONE, "desktop": DESKTOP}
FIRST_PAGE_MOST = 100 * 1024  # bytes of styles, scripts and fonts as they travel


@pytest.fixture
def paths(live_server: LiveServer) -> dict[str, list[str]]:
    """Every page of the demo that a visitor and that its owner can open."""
    with live_server.app.app_context():
        demo.load(seed=1)
        made: dict[str, list[str]] = live_server.given(_paths)
        return made


def _paths() -> dict[str, list[str]]:
    def event(title: str) -> Event:
        return db.session.scalars(sa.select(Event).where(Event.title.startswith(title))).one()

    def page(title: str) -> str:
        return f"/events/{event(title).key}/{event(title).slug}"

    full, calm = event("Winter light"), event("Plovdiv: the seven")
    going = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == full.id, Rsvp.answer == Answer.GOING)).first()
    waits = db.session.scalars(
        sa.select(Rsvp).where(Rsvp.event_id == full.id, Rsvp.answer == Answer.WAITLISTED)
    ).first()
    assert going
    assert waits
    move = telling.before_change(events.get(full.key), None)
    move.old_starts_wall, move.old_place, full.sequence = full.starts_wall - timedelta(hours=2), "Elsewhere", 1
    save(move)  # held back: hosts are reminded
    asks = event("Prints on the table: black")
    said = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == asks.id, Rsvp.answer == Answer.GOING)).first()
    asked = {q.kind: q.key for q in db.session.scalars(sa.select(Question).where(Question.event_id == asks.id))}
    assert said
    message = save(HostMessage(event_id=full.id, audience="going", subject="Torches", text="Bring one.", sent_at=now()))
    reader = addressees.ensured([str(going.email)])[str(going.email)]
    addressees.note_bounce(reader.address, "550 5.1.1 There is no such mailbox here")
    db.session.execute(
        sa.update(Letter)
        .where(Letter.address == reader.address)
        .values(state=LetterState.FAILED, tries=20, last_error="550 5.1.1 There is no such mailbox here")
    )
    visitor = [
        "/",
        "/events",
        "/events?q=nothing-like-this",
        "/events?when=month&tag=walk",
        page("Winter light"),
        page("Snow on Vitosha"),
        page("Neon and last"),
        page("One picture"),
        page("Slides and soup"),
        f"/events/{calm.key}/rsvp",
        f"/events/{full.key}/rsvp",
        f"/rsvps/{manage_token(going)}",
        f"/rsvps/{manage_token(going)}/still-coming",
        f"/rsvps/{manage_token(waits)}",
        f"/events/{asks.key}/rsvp",
        f"/rsvps/{manage_token(said)}",
        f"/rsvps/{manage_token(said)}/others/{asked[Kind.TEXT]}",
        f"/tickets/{ticket_token(going)}",
        f"/tickets/{ticket_token(waits)}",
        "/map",
        "/map?tag=walk&when=month",
        "/communities",
        f"/c/{SLUG}",
        "/sign-in",
        f"/mail/{choose_token(reader.key)}",
        f"/mail/{stop_token(reader.key, BY_NAME['changes'])}/changes/unsubscribe",
        "/no-such-page",
    ]
    owner = [
        "/",
        page("Winter light"),
        page("Slides and soup"),
        page("Spring exhibition"),
        f"/c/{SLUG}/manage",
        f"/c/{SLUG}/edit",
        f"/c/{SLUG}/members",
        f"/c/{SLUG}/letters",
        f"/c/{SLUG}/letters/going?locale=bg",
        f"/c/{SLUG}/letters/thank_you",
        f"/c/{SLUG}/events/new",
        f"/c/{SLUG}/import",
        "/communities/new",
        f"/events/{full.key}/edit",
        f"/events/{full.key}/cancel",
        f"/events/{full.key}/hosts?q=a",
        f"/events/{full.key}/hosts?q=mi",
        f"/events/{full.key}/tell",
        f"/events/{event('Snow on Vitosha').key}/restore",
        f"/events/{full.key}/guests",
        f"/events/{full.key}/questions",
        f"/events/{asks.key}/questions",
        f"/events/{asks.key}/questions/{asked[Kind.CHOICE]}",
        f"/events/{asks.key}/guests/{said.key}",
        f"/events/{full.key}/messages",
        f"/events/{full.key}/messages/{message.key}",
        f"/events/{full.key}/guests/{going.key}",
        f"/events/{full.key}/guests/silent",
        f"/events/{full.key}/door",
        "/me",
        "/me/profile",
        "/me/welcome",
        "/me/events",
        "/me/sessions",
        "/me/calendars",
        "/me/communities",
        "/me/notifications",
        "/site/letters",
        "/site/letters?state=failed",
        f"/site/letters?address={reader.address}",
        "/dev/outbox",
        "/patterns",
    ]
    return {"visitor": visitor, "owner": owner}


def faults(page: Page, width: int, path: str) -> list[str]:
    """Open `path` and return what is wrong with it."""
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    page.wait_for_timeout(150)
    found = [f"{path}: status {answer.status}"] if answer.status >= 500 else []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append(f"{path}: scrolls sideways")
    if page.locator("h1").count() != 1 or not page.title():
        found.append(f"{path}: {page.locator('h1').count()} h1, title {page.title()!r}")
    for violation in Axe().run(page).response["violations"]:
        where = "; ".join(node["html"][:120] for node in violation["nodes"][:2])
        found.append(f"{path}: {violation['id']} ({len(violation['nodes'])}) {where}")
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_sound(
    live_server: LiveServer, open_page: OpenPage, paths: dict[str, list[str]], size: str, scheme: str
) -> None:
    page = open_page(**SIZES[size], color_scheme=scheme)
    found = [fault for path in paths["visitor"] for fault in faults(page, SIZES[size]["width"], path)]
    owner_id = live_server.given(lambda: db.session.scalar(sa.select(Account.id).where(Account.email == OWNER)))
    page = open_page(**SIZES[size], color_scheme=scheme, permissions=["camera"])
    live_server.sign_in(page.context, owner_id)
    found += [fault for path in paths["owner"] for fault in faults(page, SIZES[size]["width"], path)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("index", range(5))
def test_the_first_page_is_light(open_page: OpenPage, paths: dict[str, list[str]], index: int) -> None:
    path = paths["visitor"][index]
    page = open_page(**PHONE)
    travelled: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        if answer.request.resource_type in {"stylesheet", "script", "font"}:
            travelled[answer.url] = _compressed(answer)

    page.on("response", weigh)
    page.goto(path, wait_until="networkidle")
    assert sum(travelled.values()) <= FIRST_PAGE_MOST, travelled


def _compressed(answer: Response) -> int:
    """Bytes as a server with the built files sends them: brotli; fonts are compressed in themselves."""
    body = answer.body()
    if answer.url.split("?")[0].endswith(".woff2"):
        return len(body)
    return min(len(brotli.compress(body, quality=9)), len(gzip.compress(body, 6)))


def test_no_page_asks_a_foreign_host(open_page: OpenPage, live_server: LiveServer, paths: dict[str, list[str]]) -> None:
    page = open_page(**PHONE)
    asked: list[str] = []
    note: Callable[[object], None] = lambda request: asked.append(request.url)  # type: ignore[attr-defined]  # noqa: E731
    page.on("request", note)
    for path in paths["visitor"]:
        page.goto(path, wait_until="networkidle")
    foreign = {url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))}
    assert foreign == set()
