"""Invitations: who is let in by which, once, and until when."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask

from organizer.core.db import db, retried, unit_of_work
from organizer.core.errors import Forbidden, Invalid, NotFound
from organizer.core.time import now
from organizer.events.models import Event, Visibility
from organizer.rsvps import admission, invitations, service
from organizer.rsvps.admission import Entry
from organizer.rsvps.invitations import Standing
from organizer.rsvps.models import Answer, Invitation
from organizer.rsvps.signals import Invited, invited
from tests.factories import make_account, make_community, make_event, make_member
from tests.rsvps.coming import come


def entry(invitation: Invitation) -> Entry:
    return Entry(invitation=invitations.token_of(invitation))


@pytest.mark.usefixtures("session")
class TestInviting:
    def test_only_the_invited_come_and_each_once(self) -> None:
        host = make_account()
        event = make_event(host=host, rsvp_rules={"mode": "invitation"})
        heard: list[str | None] = []

        def note(fact: Invited) -> None:
            heard.append(fact.invitation.email)

        invited.subscribe(note)
        sent = invitations.invite(host, event, ["Ana@Example.org", "ana@example.org", "not an address"])
        assert ([one.email for one in sent.invited], sent.unreadable) == (["ana@example.org"], ("not an address",))
        assert heard == ["ana@example.org"]
        again = invitations.invite(host, event, ["ana@example.org"])
        assert (again.invited, again.known) == ((), ("ana@example.org",))
        with pytest.raises(admission.ByInvitation):
            come(event, "ana")
        [ana] = sent.invited
        assert come(event, "ana", entry=entry(ana)).answer is Answer.GOING
        assert (ana.used, invitations.standing(ana)) == (1, Standing.USED)
        with pytest.raises(invitations.Void):
            come(event, "bo", entry=entry(ana))

    def test_an_invited_account_needs_no_link(self) -> None:
        community = make_community()
        host, member, other = make_account(), make_member(community), make_member(community)
        event = make_event(community, host=host, rsvp_rules={"mode": "invitation"})
        invitations.invite_members(host, event, [member])
        rsvp = come(event, member)
        assert (rsvp.answer, rsvp.invitation_id is not None) == (Answer.GOING, True)
        with pytest.raises(admission.ByInvitation):
            come(event, other)
        assert service.rejoin(service.cancel(rsvp), actor=member).answer is Answer.GOING

    def test_an_invitation_opens_every_door(self) -> None:
        host = make_account()
        for mode in ("approval", "members", "code"):
            event = make_event(host=host, rsvp_rules={"mode": mode, "code": "frog"})
            link = invitations.make_link(host, event, "Club", 5, None)
            assert come(event, "a", entry=entry(link)).answer is Answer.GOING
        hidden = make_event(host=host, visibility=Visibility.MEMBERS)
        link = invitations.make_link(host, hidden, "Club", 5, None)
        assert come(hidden, "a", entry=entry(link)).answer is Answer.GOING

    def test_a_link_ends_is_used_up_or_made_void(self) -> None:
        host = make_account()
        event = make_event(host=host, rsvp_rules={"mode": "invitation"})
        link = invitations.make_link(host, event, "Club", 2, now() + timedelta(hours=1))
        come(event, "a", entry=entry(link))
        come(event, "a", entry=entry(link), once="again")
        assert link.used == 1
        link.ends_at = now() - timedelta(minutes=1)
        with pytest.raises(invitations.Void):
            come(event, "b", entry=entry(link))
        link.ends_at = None
        invitations.revoke(host, event, link.key)
        invitations.revoke(host, event, link.key)
        with pytest.raises(invitations.Void):
            come(event, "b", entry=entry(link))

    def test_it_is_for_its_event_and_not_to_be_guessed(self) -> None:
        host = make_account()
        event, other = make_event(host=host), make_event(host=host)
        link = invitations.make_link(host, event, "", 1, None)
        for token in (invitations.token_of(link)[:-1] + "0", "x", link.key):
            with pytest.raises(NotFound):
                come(event, "a", entry=Entry(invitation=token + "q"))
        with pytest.raises(NotFound):
            come(other, "a", entry=entry(link))

    def test_who_cannot_come_may_change_their_mind(self) -> None:
        host = make_account()
        event = make_event(host=host)
        [ana] = invitations.invite(host, event, ["ana@example.org"]).invited
        assert invitations.invited_not_answered(event) == [ana]
        invitations.decline(ana)
        assert (invitations.standing(ana), invitations.invited_not_answered(event)) == (Standing.DECLINED, [])
        assert come(event, "ana", entry=entry(ana)).answer is Answer.GOING

    def test_limits_and_rights(self) -> None:
        host, stranger = make_account(), make_account()
        event = make_event(host=host)
        for refused in (
            lambda: invitations.invite(stranger, event, ["a@example.org"]),
            lambda: invitations.invite_members(stranger, event, []),
            lambda: invitations.make_link(stranger, event, "", 1, None),
            lambda: invitations.revoke(stranger, event, "x"),
        ):
            with pytest.raises(Forbidden):
                refused()
        for wrong in (
            lambda: invitations.invite(host, event, []),
            lambda: invitations.invite(host, event, [f"p{n}@example.org" for n in range(101)]),
            lambda: invitations.make_link(host, event, "", 0, None),
            lambda: invitations.make_link(host, event, "", 1, now() - timedelta(days=1)),
        ):
            with pytest.raises(Invalid):
                wrong()


def test_the_last_use_lets_in_one_of_many_at_once(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        host = make_account()
        event = make_event(host=host, rsvp_rules={"mode": "invitation"})
        link = invitations.make_link(host, event, "Club", 3, None)
        event_key, token = event.key, invitations.token_of(link)
    came: list[str] = []

    def try_it(number: int) -> None:
        from organizer.events import service as events

        with app.app_context():
            try:
                retried(lambda: come(events.get(event_key), f"p{number}", entry=Entry(invitation=token)))
                came.append(f"p{number}")
            except invitations.Void:
                pass
            finally:
                db.session.remove()

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        assert len(came) == 3
        assert db.session.query(Invitation).one().used == 3
        assert db.session.query(Event).one().key == event_key
