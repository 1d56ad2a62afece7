"""Messages from hosts: to whom, once, not too often, and what is kept of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import current_app
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, retried, unit_of_work
from organizer.core.errors import Forbidden, Invalid, NotFound, TooMany
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.models import Event, EventHost, State, forget_hosts
from organizer.outreach import audiences, letters, mailings, messages
from organizer.outreach.models import Audience, HostMessage, Mailing
from organizer.rsvps import invitations
from organizer.rsvps import service as rsvps
from organizer.rsvps.links import manage_token
from tests.factories import make_account, make_member
from tests.outreach.hours import worker
from tests.outreach.reading import arranged, come, composed, outbox

Sess = scoped_session[Session]


def drafted(owner: Any, event: Event, audience: Audience = Audience.GOING, **more: Any) -> HostMessage:
    usual = {"subject": "Bring a torch", "text": "It will be dark.\n\nhttps://example.org/route"}
    with unit_of_work():
        return messages.write(owner, event, audience, **usual | more)


def sent(owner: Any, event: Event, audience: Audience = Audience.GOING) -> HostMessage:
    message = drafted(owner, event, audience)
    with unit_of_work():
        return messages.send(owner, event, message.key)


def reached() -> list[str]:
    with worker():
        mailings.write_open()
    return [letter.address.split("@")[0] for letter in outbox("host_message")]


def full_house() -> tuple[Any, Event]:
    """Two going, one waiting, one invited who has not answered, one who left; a second event of the same person."""
    owner, event = arranged(capacity=2)
    for name in ("ana", "bo", "waits"):
        come(event, f"{name}@example.org")
    with unit_of_work():
        invitations.invite(owner, event, ["guest@example.org", "ana@example.org", "no@example.org", "old@example.org"])
        rsvps.cancel(come(event, "left@example.org"))
        no, old = db.session.scalars(
            sa.select(invitations.Invitation).where(
                invitations.Invitation.email.in_(["no@example.org", "old@example.org"])
            )
        )
        invitations.decline(no)
        invitations.revoke(owner, event, old.key)
    return owner, event


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        (Audience.GOING, ["ana", "bo"]),
        (Audience.WAITING, ["waits"]),
        (Audience.INVITED, ["guest"]),
    ],
)
def test_each_audience_gets_it_once(session: Sess, audience: Audience, names: list[str]) -> None:
    owner, event = full_house()
    assert audiences.counts(event.id)[audience] == len(names)
    message = sent(owner, event, audience)
    assert message.recipients == len(names)
    assert reached() == reached() == names


def test_those_who_asked(session: Sess) -> None:
    owner, event = arranged(rsvp_rules={"mode": "approval"})
    come(event, "asks@example.org")
    sent(owner, event, Audience.PENDING)
    assert reached() == ["asks"]


def test_the_letter_says_what_was_typed_and_nobodys_address(session: Sess) -> None:
    owner, event = arranged()
    rsvp = come(event, "ana@example.org")
    message = drafted(
        owner,
        event,
        subject="Torch & \r\n<b>gloves</b>",
        text="{name} {{ 7*7 }}\r\n<i>x</i>\r\n\r\nhttps://a.example/?b=1&c",
    )
    with unit_of_work():
        messages.send(owner, event, message.key)
    reached()
    (letter,) = outbox("host_message")
    mail = composed(letter)
    assert mail.subject == "Torch & <b>gloves</b>"
    assert "{name} {{ 7*7 }}\n<i>x</i>\n\nhttps://a.example/?b=1&c" in mail.text
    assert "&lt;i&gt;x&lt;/i&gt;" in mail.html
    assert '<a href="https://a.example/?b=1&amp;c">https://a.example/?b=1&amp;c</a>' in mail.html.replace(
        ' style="color: #c2410c;"', ""
    )
    assert "Owner, host" in mail.text
    assert "owner@example.org" not in mail.text + mail.html
    assert manage_token(rsvp) in mail.text
    assert "Please do not reply" in mail.text


def test_who_is_no_longer_meant_is_not_written_to(session: Sess) -> None:
    owner, event = full_house()
    sent(owner, event)
    sent_to = sent_later(owner, event, Audience.INVITED)
    assert sent_to.recipients == 1
    reached()
    going, invited = outbox("host_message")[0], outbox("host_message")[-1]
    for letter in (going, invited):
        assert letters.still_true(letters.Sheet.of(letter))
    with unit_of_work():
        rsvps.cancel(db.session.get_one(rsvps.Rsvp, going.about["rsvp"]))
        invitations.decline(db.session.get_one(invitations.Invitation, invited.about["invitation"]))
    for letter in (going, invited):
        assert not letters.still_true(letters.Sheet.of(letter))


def sent_later(owner: Any, event: Event, audience: Audience) -> HostMessage:
    with time_machine.travel(now() + messages.APART + timedelta(seconds=1)):
        return sent(owner, event, audience)


def test_a_letter_that_could_not_go_out_for_days_is_no_news(session: Sess) -> None:
    owner, event = arranged()
    come(event, "ana@example.org")
    sent(owner, event)
    reached()
    (letter,) = outbox("host_message")
    assert letters.still_true(letters.Sheet.of(letter))
    with time_machine.travel(now() + timedelta(days=3, minutes=1)):
        assert not letters.still_true(letters.Sheet.of(letter))


def test_sending_twice_sends_once(session: Sess) -> None:
    owner, event = arranged()
    come(event, "ana@example.org")
    message = drafted(owner, event)
    for _ in range(3):
        with unit_of_work():
            messages.send(owner, event, message.key)
    assert reached() == ["ana"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Mailing)) == 1


def test_hosts_who_send_at_the_same_moment_send_one(session: Sess) -> None:
    owner, event = arranged()
    come(event, "ana@example.org")
    drafts = [drafted(owner, event).key for _ in range(4)]
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.commit()

    def press(key: str) -> str:
        with app.app_context():
            try:
                retried(lambda: messages.send(owner, events.get(event.key), key))
            except TooMany:
                return "refused"
            return "sent"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, drafts)) == ["refused"] * 3 + ["sent"]
    assert reached() == ["ana"]


def test_ten_minutes_apart_and_three_a_day(session: Sess) -> None:
    owner, event = arranged()
    other = arranged_beside(owner, event)
    for each in (event, other):
        come(each, "ana@example.org")
    start = now().replace(microsecond=0)
    allowed, refused = [], []
    for minutes in (0, 5, 10, 15, 20, 31, 60, 24 * 60 - 1, 24 * 60 + 1):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            try:
                sent(owner, events.get(event.key))
                allowed.append(minutes)
            except TooMany as error:
                refused.append(error)
    assert allowed == [0, 10, 20, 24 * 60 + 1]
    assert all("You can send this from" in str(error) for error in refused)
    assert [error.retry_after for error in refused[:2]] == [5 * 60 + 1, 5 * 60 + 1]
    assert refused[-1].retry_after == 61
    assert sent(owner, events.get(other.key)).sent_at is not None


def arranged_beside(owner: Any, event: Event) -> Event:
    from tests.factories import make_event

    with unit_of_work():
        return make_event(event.community, owner)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 141}, "subject"),
        ({"text": "\r\n "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"audience": Audience.CAME}, "audience"),
    ],
)
def test_what_is_missing_or_too_long_says_where(session: Sess, more: dict[str, Any], field: str) -> None:
    owner, event = arranged()
    usual = {"audience": Audience.GOING, "subject": "S", "text": "T"}
    with pytest.raises(Invalid) as refused:
        messages.write(owner, event, **usual | more)
    assert refused.value.field == field


def test_nobody_to_write_to(session: Sess) -> None:
    owner, event = arranged()
    message = drafted(owner, event, Audience.WAITING)
    with pytest.raises(Invalid):
        messages.send(owner, event, message.key)
    assert message.sent_at is None
    event.state = State.DRAFT
    with pytest.raises(Invalid):
        messages.write(owner, event, Audience.GOING, "S", "T")


def test_a_draft_is_its_writers_and_what_was_sent_is_all_hosts(session: Sess) -> None:
    owner, event = arranged()
    come(event, "ana@example.org")
    host, member = make_member(event.community), make_member(event.community)
    db.session.add(EventHost(event_id=event.id, account_id=host.id))
    forget_hosts()
    draft = drafted(owner, event)
    with unit_of_work():
        same = messages.write(owner, event, Audience.GOING, "Other", "Words", draft.key)
    assert (same.id, same.subject) == (draft.id, "Other")
    for key in (draft.key, "0" * 10, "'", ""):
        with pytest.raises(NotFound):
            messages.find(host, event, key)
    for who in (member, make_account()):
        for deed in (
            lambda w: messages.write(w, event, Audience.GOING, "S", "T"),
            lambda w: messages.find(w, event, draft.key),
            lambda w: messages.send(w, event, draft.key),
        ):
            with pytest.raises(Forbidden):
                deed(who)
    with unit_of_work():
        messages.send(owner, event, draft.key)
    assert messages.find(host, event, draft.key).subject == "Other"
    with unit_of_work():
        again = messages.write(host, event, Audience.GOING, "New", "Words", draft.key)
    assert again.id != draft.id
    ((kept, name),) = messages.sent(event).items
    assert (kept.subject, kept.text, name, kept.recipients) == ("Other", "Words", "Owner", 1)


def test_the_record_comes_in_pages(session: Sess) -> None:
    owner, event = arranged()
    start = now() - timedelta(days=40)
    for n in range(25):
        db.session.add(
            HostMessage(
                event_id=event.id, by_id=owner.id, audience=Audience.GOING, subject=f"{n}", text="T", recipients=1,
                sent_at=start + timedelta(days=n),
            )
        )  # fmt: skip
    db.session.flush()
    drafted(owner, event)
    first = messages.sent(event)
    assert [message.subject for message, _ in first.items] == [str(n) for n in range(24, 4, -1)]
    second = messages.sent(event, first.older or "")
    assert [message.subject for message, _ in second.items] == [str(n) for n in range(4, -1, -1)]
    assert second.older is None


def test_old_drafts_are_forgotten(session: Sess) -> None:
    owner, event = arranged()
    come(event, "ana@example.org")
    sent(owner, event)
    drafted(owner, event)
    messages.forget_drafts()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HostMessage)) == 2
    with time_machine.travel(now() + timedelta(days=8)):
        messages.forget_drafts()
    (left,) = db.session.scalars(sa.select(HostMessage))
    assert left.sent_at is not None
