"""The pages around answers in every state: sound on phone and desktop, light and dark; see `test_every_page`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from organizer.events.models import Event
from organizer.rsvps import hosting, invitations, service
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Listing, Rsvp
from organizer.rsvps.rules import Mode, Moment, Queue, Rules
from tests.e2e.conftest import LiveServer, OpenPage
from tests.e2e.test_every_page import SIZES, faults
from tests.factories import make_account, make_community, make_event, make_member

LONG = "Бартоломео Фезърстоунхо-Чолмъндли от Горно Нанадолнище"


def come(event: Event, name: str) -> Rsvp:
    address = f"{abs(hash(name))}@example.org"
    return service.answer(None, event, name=name, email=address, guests=0, listing=Listing.NAME, locale="en")


def arrange() -> tuple[int, list[str], list[str]]:
    """The host's account, pages for everybody, pages for the host."""
    host = make_account(name="Maria Petrova")
    community = make_community(host)
    make_member(community, make_account(name=LONG))
    visitor, hosts = [], []

    def event(title: str, **rules: object) -> Event:
        made = make_event(community, host=host, title=title, capacity=1, rsvp_rules=Rules(**rules).stored())  # type: ignore[arg-type]
        visitor.extend([f"/events/{made.key}/{made.slug}", f"/events/{made.key}/rsvp"])
        hosts.extend([f"/events/{made.key}/rules", f"/events/{made.key}/guests", f"/events/{made.key}/invitations"])
        return made

    asked = event("By approval", mode=Mode.APPROVAL, closes=Moment(before=timedelta(hours=5)))
    pending, refused = come(asked, LONG), come(asked, "Dan")
    hosting.decline(host, refused)
    queue = event("With offers", queue=Queue.OFFER)
    first, offered, waiting = come(queue, "First"), come(queue, "Offered"), come(queue, LONG)
    service.cancel(first)
    event("With a word", mode=Mode.CODE, code="frog", min_age=18)
    event("For members", mode=Mode.MEMBERS, hides_counts=True)
    event("Not yet", opens=Moment(before=timedelta(hours=1)))
    invited = event("By invitation", mode=Mode.INVITATION)
    [one] = invitations.invite(host, invited, [f"{'long' * 12}@example.org"], "You know the harbour best.").invited
    invitations.make_link(host, invited, LONG, 20, None)
    visitor.append(f"/invitations/{invitations.token_of(one)}")
    visitor.extend(f"/rsvps/{manage_token(rsvp)}" for rsvp in (pending, refused, first, offered, waiting))
    hosts.extend(f"/events/{asked.key}/guests/{rsvp.key}" for rsvp in (pending, refused))
    hosts.extend(f"/events/{queue.key}/guests/{rsvp.key}" for rsvp in (offered, waiting))
    hosts.append(f"/events/{asked.key}/guests?answer=pending")
    return host.id, visitor, hosts


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_pages_of_answers_are_sound(live_server: LiveServer, open_page: OpenPage, size: str, scheme: str) -> None:
    host_id, visitor, hosts = live_server.given(arrange)
    page = open_page(**SIZES[size], color_scheme=scheme)
    found = [fault for path in visitor for fault in faults(page, SIZES[size]["width"], path)]
    page = open_page(**SIZES[size], color_scheme=scheme)
    live_server.sign_in(page.context, host_id)
    found += [fault for path in hosts for fault in faults(page, SIZES[size]["width"], path)]
    assert not found, "\n" + "\n".join(found)
