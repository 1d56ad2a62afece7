"""What the hosts of one demo event ask, and what people say to it."""

from __future__ import annotations

from random import Random

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps import questions, replies
from organizer.rsvps.models import Kind, Question, Rsvp
from organizer.rsvps.questions import QuestionDraft
from organizer.rsvps.replies import Said

QUESTIONS = (
    QuestionDraft(
        Kind.CHOICE,
        "How many prints do you bring?",
        options=("None, I come to look", "One to five", "A whole folder"),
        required=True,
    ),
    QuestionDraft(
        Kind.TEXT, "Which picture do you want to talk about?", "A few words; the others see them.", shown=True
    ),
    QuestionDraft(
        Kind.SEVERAL, "Where can you help?", options=("Setting up at six", "Tea and cups", "Taking the lamps home")
    ),
    QuestionDraft(Kind.YES_NO, "Do you need step-free access?", per_guest=True, keep_days=14),
)
PICTURES = (
    "My grandmother's kitchen, one bulb, Tri-X",
    "The empty tram at Orlov most",
    "A wedding seen from the car park",
    "Snow on the yellow paving stones",
    "Un chat qui attend la pluie",
    "Ръцете на баща ми",
)


def ask(rng: Random, event: Event, host: Account) -> None:
    """Ask, and let most of those who have answered the event say something."""
    asked = [questions.add(host, event, draft) for draft in QUESTIONS]
    for rsvp in db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event.id).order_by(Rsvp.id)).all():
        typed = {(question.id, guest): _said(rng, question) for question, guest in replies.places(asked, rsvp.guests)}
        replies.store(rsvp, replies.check(Said(asked, typed), rsvp.guests))


def _said(rng: Random, question: Question) -> list[str]:
    if question.kind is Kind.TEXT:
        return [rng.choice(PICTURES)] if rng.random() < 0.7 else []
    if question.kind is Kind.YES_NO:
        return [rng.choice(["no", "no", "no", "no", "yes"])]
    if question.kind is Kind.CHOICE:
        return [rng.choice(question.options)]
    return [option for option in question.options if rng.random() < 0.3]
