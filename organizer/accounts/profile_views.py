"""One's own pages: hub, profile, browsers."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from organizer.core import images
from organizer.core.db import reading
from organizer.core.errors import Invalid
from organizer.web.i18n import LOCALES, locale_code, on_locale_chosen
from organizer.web.paths import local_path

from . import queries, service
from .forms import NameForm, ProfileForm, zones
from .session import actor, member, own_secret

bp = Blueprint("accounts", __name__)


@on_locale_chosen
def keep_locale(locale: str) -> None:
    """Remember the chosen language with the account."""
    account = actor()
    if account is not None:
        service.choose_locale(account, account, locale)


@bp.get("/me")
def me() -> ResponseReturnValue:
    """Everything of one's own, in one place."""
    return render_template("accounts/me.html", account=member())


@bp.route("/me/welcome", methods=["GET", "POST"])
def welcome() -> ResponseReturnValue:
    """Ask for a name after the first sign-in; it may be skipped."""
    account = member()
    goes_to = local_path(request.values.get("next", "")) or url_for(".me")
    form = NameForm(name=account.name)
    if not form.validate_on_submit():
        return render_template("accounts/welcome.html", form=form, goes_to=goes_to), 422 if form.errors else 200
    service.introduce(account, account, form.name.data, form.known_zone())
    return redirect(goes_to, 303)


@bp.route("/me/profile", methods=["GET", "POST"])
def profile() -> ResponseReturnValue:
    """Show and change what one says about oneself."""
    with reading():  # the picture is decoded before any lock is taken
        form = ProfileForm(member())
        valid = form.validate_on_submit()
        picture = _picture(form) if valid else None
    account = member()
    if request.method == "GET":
        form.locale.data = account.locale or locale_code()
    if not valid or form.picture.errors:
        page = render_template("accounts/profile.html", form=form, account=account, zones=zones(), locales=LOCALES)
        return page, 422 if form.errors else 200
    service.update_profile(account, account, form.draft())
    if picture or form.remove_picture.data:
        service.set_picture(account, account, picture)
    flash(_("Your profile is saved."))
    return redirect(url_for(".profile"), 303)


def _picture(form: ProfileForm) -> str | None:
    """Keep the uploaded picture and return its hash; None if there is none, or none that can be used (noted in the form)."""
    upload: FileStorage | str | None = form.picture.data
    if not isinstance(upload, FileStorage) or not upload.filename:
        return None
    upload.stream.seek(0)  # this view may be run a second time
    try:
        return images.store_portrait(upload.stream.read(), "picture")
    except Invalid as error:
        form.picture.errors = [_(error.message)]
        return None


@bp.get("/me/sessions")
def sessions() -> ResponseReturnValue:
    """List where one is signed in."""
    account = member()
    here = queries.session_of_secret(own_secret())
    return render_template(
        "accounts/sessions.html", sessions=queries.open_sessions(account), here_id=here.id if here else None
    )


@bp.post("/me/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign one other browser out."""
    account = member()
    service.end_session(account, account, session_id)
    flash(_("That browser is signed out."))
    return redirect(url_for(".sessions"), 303)


@bp.post("/me/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    """Sign all other browsers out."""
    account = member()
    service.end_other_sessions(account, account, own_secret())
    flash(_("You are signed out everywhere else."))
    return redirect(url_for(".sessions"), 303)
