"""What a host types about an event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from organizer.communities.models import Community
from organizer.core.errors import N_, Invalid
from organizer.core.time import now, to_wall
from organizer.places import countries, gazetteer
from organizer.places.finding import look_up
from organizer.places.forms import PlaceFields
from organizer.places.models import PinBy
from organizer.places.names import fold
from organizer.places.service import AmbiguousCity
from organizer.web.errors import translated
from organizer.web.filters import clock
from organizer.web.forms import Form
from organizer.web.i18n import LOCALES

from .drafts import LONGEST_TEXT, LONGEST_TITLE, MOST_GUESTS, MOST_PLACES, EventDraft
from .indexing import tags_of_event
from .models import Event, Visibility
from .schedule import Clock, clock_at
from .telling_forms import TellingFields
from .words import tags_of

_MINUTES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"]


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def city_text(name: str, country: str, city_id: int | None = None) -> str:
    """A city as a host may type it, so that it is understood again and taken for no other: "Portland, Oregon, United States"."""
    if not name:
        return ""
    city = gazetteer.by_id(city_id) if city_id else look_up(name, country).city
    for text in [gazetteer.label(city, locale) for locale in (get_locale() or "en", "en")] if city else []:
        found = look_up(text)
        if city and found.city and found.city.id == city.id and not found.rivals:
            return text
    return ", ".join(part for part in (name, countries.display_name(country) if country else "") if part)


def address_for(event: Event) -> str:
    """Who is told where `event` is, as a value of the form."""
    return "going" if event.hides_address else "everybody"


class EventForm(PlaceFields, TellingFields, Form):
    """An event. Title, start and city suffice to publish; everything else has a sensible default."""

    city_choice = RadioField(_l("Which one?"), choices=[], validate_choice=False)
    title = StringField(
        _l("Title"),
        [
            InputRequired(_l("Give the event a title.")),
            Length(max=LONGEST_TITLE, message=_l("At most 140 characters.")),
        ],
        filters=[_stripped],
    )
    starts = DateTimeLocalField(_l("Starts"), [InputRequired(_l("When does it start?"))], format=_MINUTES)
    ends = DateTimeLocalField(_l("Ends"), [Optional()], format=_MINUTES, description=_l("Empty: two hours later."))
    all_day = BooleanField(_l("All day, without a clock time"))
    last_day = DateField(_l("Last day"), [Optional()], description=_l("Only if it lasts all day, and several days."))
    capacity = IntegerField(
        _l("How many can come?"),
        [Optional(), NumberRange(1, MOST_PLACES, _l("A number of places, or nothing for no limit."))],
        description=_l("Empty: as many as like to. When it is full, others wait in a queue that moves by itself."),
    )
    text = TextAreaField(
        _l("What will happen?"),
        [Length(max=LONGEST_TEXT, message=_l("At most 20,000 characters."))],
        description=_l("Markdown works: **bold**, [links](https://example.org), lists."),
    )
    cover = FileField(_l("Cover picture"), description=_l("JPEG, PNG or WebP. Without one we draw a cover."))
    kept_cover = HiddenField()
    seen = HiddenField()  # when what the form shows was last changed
    drop_cover = BooleanField(_l("Take the picture away"))
    tags = StringField(
        _l("Tags"), [Length(max=400)], [_stripped], description=_l("Words people look for, with commas between.")
    )
    online_url = StringField(
        _l("Online link"), [Length(max=500)], [_stripped], description=_l("A video call or stream, if there is one.")
    )
    address_for = RadioField(
        _l("Show the address and the online link to"),
        choices=[SelectChoice("everybody", _l("Everybody")), SelectChoice("going", _l("Only those who are going"))],
        default="everybody",
    )
    website = StringField(
        _l("Web page"), [Length(max=500)], [_stripped], description=_l("If it has its own elsewhere.")
    )
    visibility = RadioField(
        _l("Who can see it?"),
        choices=[
            SelectChoice(Visibility.PUBLIC.value, _l("Everybody")),
            SelectChoice(Visibility.UNLISTED.value, _l("Whoever has the link")),
            SelectChoice(Visibility.MEMBERS.value, _l("Members of the community")),
        ],
        default=Visibility.PUBLIC.value,
    )
    locale = SelectField(_l("Language of the meeting"), [Length(max=12)], validate_choice=False)
    guests_limit = IntegerField(
        _l("Guests each person may bring"),
        [Optional(), NumberRange(0, MOST_GUESTS, _l("Between 0 and 20."))],
        default=2,
    )
    zone = StringField(_l("Time zone"), [Length(max=64)], [_stripped], description=_l("Empty: that of the place."))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        known = {"": _("Not said"), **LOCALES}
        if self.locale.data:
            known.setdefault(self.locale.data, self.locale.data)  # of an import: kept as it is
        self.locale.choices = [SelectChoice(code, name) for code, name in known.items()]

    @classmethod
    def fresh(cls, community: Community) -> EventForm:
        """An empty form for a community: its city, and six in the evening in a week."""
        week = to_wall(now(), community.zone).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=7)
        return cls(formdata=None, city=city_text(community.city, community.country), starts=week)

    @classmethod
    def of(cls, event: Event) -> EventForm:
        """The form filled with what is said of `event` (its venue loaded)."""
        venue = event.venue
        given: dict[str, Any] = {
            "seen": event.changed_at.isoformat(),
            "title": event.title,
            "starts": event.starts_wall,
            "ends": None if event.all_day else event.ends_wall,
            "all_day": event.all_day,
            "last_day": (event.ends_wall - timedelta(days=1)).date() if event.all_day else None,
            "capacity": event.capacity,
            "text": event.text,
            "tags": ", ".join(tags_of_event(event.id)),
            "online_url": event.online_url,
            "address_for": address_for(event),
            "website": event.website,
            "visibility": event.visibility.value,
            "locale": event.locale,
            "guests_limit": event.guests_limit,
            "zone": event.zone if event.zone != (venue.zone if venue else event.community.zone) else "",
        }
        if venue is not None:
            given |= {"venue_name": venue.name, "venue_address": venue.address, "venue_note": venue.note}
            given["city"] = city_text(venue.city, venue.country, venue.city_id)
        # A known venue keeps its pin by itself; only a place that is in no list of cities needs it told again.
        if venue is not None and venue.pin_by == PinBy.HUMAN and venue.city_id is None:
            given |= {"latitude": venue.latitude, "longitude": venue.longitude}
        return cls(formdata=None, **given)

    def ends_wall(self) -> datetime | None:
        """The end as a draft wants it; all-day: midnight after the last day."""
        if not self.all_day.data:
            end: datetime | None = self.ends.data
            return end
        last = self.last_day.data or (self.ends.data.date() if self.ends.data else None)
        return datetime.combine(last, datetime.min.time()) + timedelta(days=1) if last else None

    def draft(self) -> EventDraft:
        """What was typed."""
        chosen = self.city_choice.data or ""
        if chosen and fold(chosen).startswith(fold(self.city.data or "")):
            self.city.data = chosen
        return EventDraft(
            title=self.title.data,
            starts_wall=self.starts.data,
            ends_wall=self.ends_wall(),
            all_day=self.all_day.data,
            place=self.venue_draft(),
            zone=self.zone.data or "",
            text=self.text.data or "",
            capacity=self.capacity.data,
            guests_limit=2 if self.guests_limit.data is None else self.guests_limit.data,
            tags=tags_of(self.tags.data or ""),
            online_url=self.online_url.data or "",
            hides_address=self.address_for.data == "going",
            website=self.website.data or "",
            visibility=Visibility(self.visibility.data),
            locale=self.locale.data or "",
        )

    def look_for_others(self, event: Event) -> None:
        """Raise Invalid, once, if somebody else has changed the event since this form was shown."""
        shown, self.seen.data = self.seen.data, event.changed_at.isoformat()
        if shown and shown != self.seen.data:
            raise Invalid(
                N_(
                    "Somebody else has changed this event meanwhile. Look at its page, then save again to replace that."
                ),
                "title",
            )

    def blame(self, error: Invalid) -> bool:
        """Put a refusal of the service near its field, else above the form's title."""
        if isinstance(error, AmbiguousCity):
            locale = get_locale() or "en"
            self.city_choice.choices = [
                SelectChoice(gazetteer.label(city), gazetteer.label(city, locale)) for city in error.cities
            ]
        name = "last_day" if error.field == "ends" and self.all_day.data else error.field or ""
        field = self._fields.get(name, self.title)
        field.errors = [*field.errors, translated(error)]
        return True

    def doubts(self, event: Event, before: datetime | None = None) -> list[Invalid]:
        """What is odd about the clock, now that the place and its zone are known; nothing if the start is as `before`."""
        if self.starts.data == before:
            return []
        found = []
        if not event.all_day and clock_at(self.starts.data, event.zone) == Clock.SKIPPED:
            sentence = N_("Clocks are put forward that night and never show %(time)s. Please choose another time.")
            found.append(Invalid(sentence, "starts", time=clock(self.starts.data)))
        if event.ends_at <= now():
            found.append(Invalid(N_("That is already over. Please check the date."), "starts"))
        return found
