"""What hosts say about who may answer, when, and how the queue moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from organizer.web.forms import Form

from .rules import LONGEST_WORD, Mode, Moment, Queue, Rules

_MINUTES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
_HOUR = timedelta(hours=1)
MODES = [
    SelectChoice(Mode.OPEN.value, _l("Everybody who sees the event")),
    SelectChoice(Mode.APPROVAL.value, _l("Everybody may ask, a host approves")),
    SelectChoice(Mode.MEMBERS.value, _l("Members of the community")),
    SelectChoice(Mode.INVITATION.value, _l("Only who is invited")),
    SelectChoice(Mode.CODE.value, _l("Who knows a word")),
]
QUEUES = [
    SelectChoice(Queue.AUTOMATIC.value, _l("The next in the queue gets it")),
    SelectChoice(Queue.OFFER.value, _l("It is held for the next, who has some hours to take it")),
    SelectChoice(Queue.HOST.value, _l("A host picks")),
]
WHEN = [
    SelectChoice("wall", _l("At a day and time")),
    SelectChoice("before", _l("Hours before the start")),
]


def _hours(label: Any, description: Any = "") -> IntegerField:
    return IntegerField(label, [InputRequired(_l("Please write a whole number."))], description=description)


class RulesForm(Form):
    """The rules of one event. A moment is said by three fields: which sort it is, the day and time, the hours."""

    mode = RadioField(_l("Who may answer?"), choices=MODES)
    code = StringField(_l("The word"), [Optional(), Length(max=LONGEST_WORD)])
    opens_kind = SelectField(
        _l("Answers open"), choices=[SelectChoice("none", _l("As soon as the event is published")), *WHEN]
    )
    closes_kind = SelectField(_l("Answers close"), choices=[SelectChoice("none", _l("When the event is over")), *WHEN])
    edits_kind = SelectField(
        _l("More guests and other answers until"), choices=[SelectChoice("none", _l("When the event is over")), *WHEN]
    )
    opens_wall = DateTimeLocalField(_l("Day and time"), [Optional()], format=_MINUTES)
    closes_wall = DateTimeLocalField(_l("Day and time"), [Optional()], format=_MINUTES)
    edits_wall = DateTimeLocalField(_l("Day and time"), [Optional()], format=_MINUTES)
    opens_before = IntegerField(_l("Hours before the start"), [Optional()])
    closes_before = IntegerField(_l("Hours before the start"), [Optional()])
    edits_before = IntegerField(_l("Hours before the start"), [Optional()])
    queue = RadioField(_l("A place becomes free while people wait:"), choices=QUEUES)
    offer_hours = _hours(
        _l("Hours to take a held place"),
        _l("At most half of the time that is left until the start, and never beyond it."),
    )
    late_hours = _hours(_l("Leaving is late from so many hours before the start"), _l("0: never late."))
    ask_hours = _hours(_l("Ask everybody “Are you still coming?” so many hours before the start"), _l("0: do not ask."))
    release_hours = _hours(
        _l("Give on the places of those who do not answer so many hours before the start"), _l("0: keep their places.")
    )
    hides_counts = BooleanField(_l("Do not show how many come"))
    min_age = _hours(_l("From how many years?"), _l("0: any age."))

    @classmethod
    def of(cls, rules: Rules) -> RulesForm:
        """The form filled with the rules of today."""
        names = ("code", "offer_hours", "late_hours", "ask_hours", "release_hours", "hides_counts", "min_age")
        given: dict[str, Any] = {name: getattr(rules, name) for name in names}
        for name in ("opens", "closes", "edits"):
            moment: Moment | None = getattr(rules, name)
            if moment is not None and moment.wall is not None:
                given |= {f"{name}_kind": "wall", f"{name}_wall": moment.wall}
            elif moment is not None:
                given |= {f"{name}_kind": "before", f"{name}_before": round((moment.before or _HOUR) / _HOUR)}
        return cls(formdata=None, mode=rules.mode.value, queue=rules.queue.value, **given)

    def validate(self, extra_validators: Any = None) -> bool:
        """Also ask for the day or the hours of each moment that was chosen."""
        sound = bool(super().validate(extra_validators))
        for name in ("opens", "closes", "edits"):
            kind = self[f"{name}_kind"].data
            field = self[f"{name}_{kind}"] if kind in {"wall", "before"} else None
            if field is not None and not field.errors and (field.data is None or (kind == "before" and field.data < 0)):
                missing = _l("Please say when.") if kind == "wall" else _l("Please say how many hours.")
                field.errors = [*field.errors, missing]
                sound = False
        return sound

    def rules(self) -> Rules:
        """What was said."""
        return Rules(
            mode=Mode(self.mode.data),
            code=" ".join((self.code.data or "").split()),
            opens=self._moment("opens"),
            closes=self._moment("closes"),
            edits=self._moment("edits"),
            queue=Queue(self.queue.data),
            offer_hours=self.offer_hours.data,
            late_hours=self.late_hours.data,
            ask_hours=self.ask_hours.data,
            release_hours=self.release_hours.data,
            hides_counts=self.hides_counts.data,
            min_age=self.min_age.data,
        )

    def _moment(self, name: str) -> Moment | None:
        kind = self[f"{name}_kind"].data
        if kind == "wall":
            return Moment(wall=self[f"{name}_wall"].data)
        if kind == "before":
            return Moment(before=timedelta(hours=min(self[f"{name}_before"].data, 24 * 365)))
        return None
