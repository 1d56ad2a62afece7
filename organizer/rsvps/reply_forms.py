"""The questions of hosts as fields of a form for those who answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import Field, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput

from organizer.core.errors import Invalid
from organizer.events.models import Event
from organizer.web.errors import translated
from organizer.web.forms import Form

from . import opening, questions, replies
from .models import STANDING, Answer, Kind, Question, Reply, Rsvp
from .replies import LONGEST_TEXT, Place, Said, Value, check_one, field_name, is_current, places

FEW = 6  # options that are all shown at once; more are folded into a list
UNFOLDED = 2  # optional questions that stand open
SETS = "guest-fields"  # hidden: for how many guests the form had fields when it was sent


@dataclass(frozen=True)
class Ask:
    """One question about one person, as a field; `before` is what was said to it in other words, or is no choice now."""

    question: Question
    guest: int | str
    field: Any
    before: Reply | None = None


class Asked:
    """The questions of an event as fields of `form`, for a party of so many guests; none where nothing is asked."""

    unfolded = UNFOLDED

    def __init__(
        self,
        form: Form,
        asked: Sequence[Question],
        guests: int = 0,
        kept: Mapping[Place, Reply] | None = None,
        *,
        sent: bool,
    ) -> None:
        self.form, self.questions, self.guests, self.kept = form, asked, guests, kept or {}
        self.formdata = request.form if sent else None
        self.asks = [self._ask(question, guest) for question, guest in places(asked, guests)]
        self.has_guests = any(question.per_guest for question in asked)
        sets = request.form.get(SETS, "") if sent else ""
        self.sets = int(sets) if sets.isascii() and sets.isdigit() and len(sets) < 4 else 0
        self.brings_more = False  # fields of guests are shown for the first time

    @classmethod
    def of(cls, form: Form, event: Event, guests: int) -> Asked:
        """Add to `form` what `event` asks somebody new, for as many guests as it takes."""
        asked = questions.asked(event)
        return cls(form, asked, max(0, min(guests, event.guests_limit)), sent=form.is_submitted())

    def validate(self) -> bool:
        """Whether all is answered as it should be; puts errors beside fields.

        Fields of guests that the sent form did not have are shown first: that they are empty is no error yet.
        """
        self.brings_more = self.has_guests and self.guests > self.sets
        older = {(ask.question.id, int(ask.guest)) for ask in self.asks if ask.before is not None}
        good = not self.brings_more
        for ask in self.asks:
            if self.brings_more and int(ask.guest) > self.sets:
                continue
            try:
                check_one(ask.question, int(ask.guest), _texts(ask.field), older)
            except Invalid as error:
                ask.field.errors = [translated(error)]
                good = False
        return good

    def said(self) -> Said:
        """Return what was typed."""
        typed = {(ask.question.id, int(ask.guest)): _texts(ask.field) for ask in self.asks}
        return Said(self.questions, typed)

    def of_guest(self, guest: int) -> list[Ask]:
        """The fields about the person (0), or about one guest."""
        return [ask for ask in self.asks if ask.guest == guest]

    def blank(self) -> Iterator[Ask]:
        """Fields about a guest whose number is not known yet, for the page to copy: it stands as `n` in their names."""
        scratch = Form(formdata=None)
        for question in self.questions:
            if question.per_guest:
                yield Ask(question, "n", _bound(scratch, question, "n"))

    @property
    def about(self) -> dict[str, str]:
        """By field, what a list of errors calls it."""
        return {ask.field.name: _called(ask) for ask in self.asks}

    @property
    def opens_optional(self) -> bool:
        """Whether something among the optional questions must be seen, or was typed already."""
        return any(
            ask.field.errors or ask.field.data or ask.before for ask in self.of_guest(0) if not ask.question.required
        )

    @property
    def promise(self) -> str:
        """Who sees it and how long it is kept, for all that is asked."""
        shown = [question.shown for question in self.questions]
        if all(shown):
            who = _("Everybody who comes sees your answers.")
        elif any(shown):
            who = _("Only the hosts see your answers, but for those where it says otherwise.")
        else:
            who = _("Only the hosts see your answers.")
        days = {question.keep_days for question in self.questions}
        if len(days) == 1:
            kept = ngettext(
                "They are deleted the day after the event.", "They are deleted %(num)s days after the event.", *days
            )
        else:
            kept = _("They are deleted at the latest %(days)s days after the event.", days=max(days))
        return f"{who} {kept}"

    def _ask(self, question: Question, guest: int) -> Ask:
        reply = self.kept.get((question.id, guest))
        before = None if reply is None or is_current(question, reply) else reply
        value = None if reply is None or before else reply.value
        return Ask(question, guest, _bound(self.form, question, guest, value, self.formdata), before)


class RepliesForm(Form):
    """Nothing but what the questions add."""


class OwnReplies(Asked):
    """The questions for somebody who has answered the event, with all that is kept of what the party said."""

    def __init__(self, rsvp: Rsvp, *, sent: bool = False) -> None:
        self.everything = replies.of(rsvp)
        kept = {(reply.question_id, reply.guest): reply for reply, _question in self.everything}
        super().__init__(RepliesForm(), questions.asked(rsvp.event), rsvp.guests, kept, sent=sent)
        frozen = rsvp.answer not in STANDING or opening.closed(rsvp.event) is not None
        self.is_open = bool(self.questions) and not frozen and opening.is_editable(rsvp.event)
        self.missing = len(replies.missing(self.questions, rsvp, kept)) if self.is_open else 0
        self.shown = [q for q in self.questions if q.shown] if rsvp.answer is Answer.GOING else []

    @property
    def not_asked(self) -> list[tuple[Reply, Question]]:
        """What was said to questions that are not asked any more; all of it once nothing can be changed."""
        now = {(ask.question.id, ask.guest) for ask in self.asks} if self.is_open else set()
        return [(reply, question) for reply, question in self.everything if (question.id, reply.guest) not in now]


def _called(ask: Ask, most: int = 60) -> str:
    label = ask.question.label
    short = label if len(label) <= most else f"{label[:most].rsplit(' ', 1)[0]} …"
    return f"{_('Guest %(number)s', number=ask.guest)} · {short}" if ask.guest else short


def _bound(form: Form, question: Question, guest: int | str, value: Value | None = None, formdata: Any = None) -> Field:
    """Add the field for one question about one person to `form`, with what was sent, or with `value`."""
    name = field_name(question, guest)
    field = form._fields[name] = _unbound(question).bind(form=form, name=name)
    field.process(formdata, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value)
    return field


def _unbound(question: Question) -> Any:
    label = question.label
    if question.kind is Kind.TEXT:
        return TextAreaField(label, render_kw={"rows": 2, "maxlength": LONGEST_TEXT, "dir": "auto"})
    if question.kind is Kind.SEVERAL:
        plain = [SelectChoice(option, option) for option in question.options]
        return SelectMultipleField(label, choices=plain, validate_choice=False, option_widget=CheckboxInput())
    options = (
        [("yes", _("Yes")), ("no", _("No"))] if question.kind is Kind.YES_NO else [(o, o) for o in question.options]
    )
    choices = [SelectChoice(value, text) for value, text in options]
    if len(choices) > FEW:
        return SelectField(label, choices=[SelectChoice("", _("Please choose")), *choices], validate_choice=False)
    if not question.required:
        choices.append(SelectChoice("", _("No answer")))
    return RadioField(label, choices=choices, validate_choice=False)


def _texts(field: Field) -> list[str]:
    data = field.data
    return [str(each) for each in data] if isinstance(data, list) else [str(data)] if data else []
