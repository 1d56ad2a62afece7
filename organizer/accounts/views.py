"""Signing in and out."""

from __future__ import annotations

from flask import Flask, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer import settings
from organizer.core.ids import hashed, new_secret
from organizer.web.i18n import locale_code
from organizer.web.paths import local_path
from organizer.web.replay import no_replay
from organizer.web.security import keep_changes, page_policy

from . import browsers, limits, service, session
from .addresses import normalised
from .forms import AddressForm, CodeForm
from .profile_views import bp
from .service import SignedIn, SignInOver, WrongCode

blueprints = (bp,)
ASKED = "sign_in"  # where the cookie keeps (address, handle, where to go) between the letter and the code


def init_app(app: Flask) -> None:
    """Know who is signed in."""
    session.init_app(app)


@bp.route("/sign-in", methods=["GET", "POST"])
@no_replay("its answer is a cookie, and a code or link works once anyway")
def sign_in() -> ResponseReturnValue:
    """Ask for an address and write to it. The answer is the same for every address."""
    goes_to = local_path(request.values.get("next", ""))
    if request.method == "GET" and session.actor() is not None:
        return redirect(goes_to or url_for(".me"), 303)
    form = AddressForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, goes_to=goes_to), 422 if form.errors else 200
    email = normalised(form.email.data)
    known, handle, _goes_to = cookie.get(ASKED) or ("", "", "")
    handle = handle if known == email else hashed(new_secret())
    if limits.within(limits.SIGN_INS, "sign-in"):
        handle = service.ask_sign_in(email, goes_to, locale_code(), handle)
    cookie[ASKED] = [email, handle, goes_to]
    return redirect(url_for(".code"), 303)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@no_replay("its answer is a cookie, and a code or link works once anyway")
def code() -> ResponseReturnValue:
    """Take the six digits from the letter."""
    if ASKED not in cookie:
        return redirect(url_for(".sign_in"), 303)
    email, handle, goes_to = cookie[ASKED]
    form, problem = CodeForm(), None
    if form.validate_on_submit():
        try:
            return _let_in(service.redeem_code(handle, form.code.data, locale_code()))
        except (WrongCode, SignInOver) as error:
            keep_changes()  # the counted try
            problem = error
            form.code.errors = [_(error.message)]
    page = render_template(
        "accounts/code.html",
        form=form,
        email=email,
        goes_to=goes_to,
        over=isinstance(problem, SignInOver),
        minutes=service.VALID_MINUTES,
        has_mail=bool(settings.current().smtp_host),
    )
    return page, 422 if form.errors else 200


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@no_replay("its answer is a cookie, and a code or link works once anyway")
def sign_in_link(token: str) -> ResponseReturnValue:
    """Show a button for the mailed link; only pressing it signs in, since mail scanners open every link."""
    page_policy(secret_address=True)
    if request.method == "POST":
        return _let_in(service.redeem_link(token, locale_code()))
    email = service.address_of_link(token)
    return render_template("accounts/link.html", email=email, token=token), 200 if email else 410


@bp.post("/sign-out")
@no_replay("its answer is a cookie; to end a session twice is to end it")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    session.end()
    flash(_("You are signed out."))
    return redirect(f"{request.script_root}/", 303)


def _let_in(signed_in: SignedIn) -> ResponseReturnValue:
    """Give this browser a new session; the one it had before ends."""
    session.end()
    session.remember(session.begin(signed_in.account, browsers.described(request.user_agent.string)))
    goes_to = local_path(signed_in.goes_to) or url_for(".me")
    if signed_in.is_first:  # also who was named in an answer: perhaps by somebody else
        return redirect(url_for(".welcome", next=goes_to), 303)
    flash(_("You are signed in as %(email)s.", email=signed_in.account.email))
    return redirect(goes_to, 303)
