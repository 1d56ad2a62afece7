"""The letters of a community: how each kind reads, and its own words in them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.session import member
from organizer.communities import service as communities
from organizer.communities.models import Community
from organizer.core.access import Action, require
from organizer.core.errors import Invalid, NotFound
from organizer.web.errors import translated
from organizer.web.i18n import LOCALES, locale_code

from . import letters, samples, wording
from .letter_forms import OwnWordsForm
from .showing import Scheme, as_page
from .transport import Composed
from .wording import Words

bp = Blueprint("letters", __name__, url_prefix="/c/<slug>/letters")


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """All kinds of letters, in the order in which a guest may get them."""
    community = _community(slug)
    return render_template(
        "outreach/kinds.html",
        community=community,
        kinds=wording.KINDS,
        own=wording.of_community(community),
        muted=wording.muted(community),
    )


@bp.get("/<kind>")
def show(slug: str, kind: str) -> ResponseReturnValue:
    """One kind: a made-up letter, and the form for own words."""
    community, locale = _community(slug), _locale()
    words = wording.find(community.id, _known(kind), locale)
    return _page(community, kind, locale, OwnWordsForm(formdata=None, obj=words), words)


@bp.post("/<kind>")
def keep(slug: str, kind: str) -> ResponseReturnValue:
    """Keep own words, or only show how they would read."""
    community, locale, form = _community(slug), _locale(), OwnWordsForm()
    words = wording.find(community.id, _known(kind), locale)
    try:
        words = wording.checked(kind, form.words())
        if "look" in request.form:
            return _page(community, kind, locale, form, words, unsaved=True)
        wording.keep(member(), community, kind, locale, words)
    except Invalid as error:
        form[error.field or "subject"].errors = [translated(error)]
        return _page(community, kind, locale, form, words), 422
    flash(_("Saved. Letters say this from now on."))
    return _back(slug, kind, locale)


@bp.post("/<kind>/ours")
def forget(slug: str, kind: str) -> ResponseReturnValue:
    """Go back to what we say."""
    community, locale = _community(slug), _locale()
    wording.forget(member(), community, _known(kind), locale)
    flash(_("Letters say what we wrote, again."))
    return _back(slug, kind, locale)


@bp.post("/<kind>/switch")
def switch(slug: str, kind: str) -> ResponseReturnValue:
    """Have letters of a kind written, or not."""
    community, locale, on = _community(slug), _locale(), request.form.get("on") == "1"
    wording.switch(member(), community, _known(kind), on=on)
    flash(_("These letters are written again.") if on else _("These letters are not written any more."))
    return _back(slug, kind, locale)


@bp.get("/<kind>/html")
def html(slug: str, kind: str) -> ResponseReturnValue:
    """The made-up letter as a mail program shows it, in light or dark."""
    community, wanted = _community(slug), request.args.get("scheme", "")
    scheme = Scheme(wanted) if wanted in set(Scheme) else Scheme.OPEN
    return as_page(_composed(community, _known(kind), _locale()), scheme)


def _community(slug: str) -> Community:
    account = member()
    community = communities.get(slug)
    require(account, Action.EDIT_LETTERS, community)
    return community


def _known(kind: str) -> str:
    if kind not in wording.KINDS:
        raise NotFound
    return kind


def _locale() -> str:
    wanted = request.values.get("locale", "")
    return wanted if wanted in LOCALES else locale_code()


def _back(slug: str, kind: str, locale: str) -> ResponseReturnValue:
    return redirect(url_for(".show", slug=slug, kind=kind, locale=locale), 303)


def _composed(community: Community, kind: str, locale: str, words: Words | None = None) -> Composed:
    composed = letters.compose(samples.sheet_of(kind, community, locale), words)
    if composed is None:
        raise NotFound
    return composed


def _page(
    community: Community, kind: str, locale: str, form: OwnWordsForm, words: Words, *, unsaved: bool = False
) -> str:
    return render_template(
        "outreach/kind.html",
        community=community,
        kind=kind,
        told=wording.KINDS[kind],
        locale=locale,
        form=form,
        composed=_composed(community, kind, locale, words),
        own=words != wording.OURS and not unsaved,
        unsaved=unsaved,
        mutable=kind in wording.MUTABLE,
        muted=kind in wording.muted(community),
        placeholders=wording.PLACEHOLDERS,
        longest=(wording.LONGEST_SUBJECT, wording.LONGEST_OPENING),
    )
