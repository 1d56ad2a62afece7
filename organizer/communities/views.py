"""Community pages: the list, the public page, starting and changing one, its members."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.session import actor, member
from organizer.core import images
from organizer.core.access import Action, may, require
from organizer.core.db import reading
from organizer.core.errors import N_, Invalid
from organizer.web.errors import translated
from organizer.web.forms import Form

from . import queries, service
from .forms import CommunityForm
from .models import MemberRole
from .site import SITE

Result = TypeVar("Result")
bp = Blueprint("communities", __name__)
blueprints = (bp,)


@bp.get("/communities")
def index() -> ResponseReturnValue:
    """All communities, most members first."""
    page = queries.communities(request.args.get("after", ""))
    return render_template("communities/list.html", page=page, may_start=may(actor(), Action.START_COMMUNITY, SITE))


@bp.get("/me/communities")
def mine() -> ResponseReturnValue:
    """The communities of the signed-in account."""
    account = member()
    return render_template(
        "communities/mine.html",
        communities=queries.mine(account),
        may_start=may(account, Action.START_COMMUNITY, SITE),
    )


@bp.get("/c/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """A community's public page; its events come by the slot."""
    community = service.get(slug)
    who = actor()
    return render_template(
        "communities/show.html",
        community=community,
        roles=community.roles_of(who),
        may_manage=may(who, Action.MANAGE_COMMUNITY, community),
        members=queries.listed_members(community),
        leaders=queries.leaders(community),
    )


@bp.route("/communities/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Start a community: two fields."""
    account = member()
    require(account, Action.START_COMMUNITY, SITE)
    form = CommunityForm()
    if form.validate_on_submit():
        community = _told(form, lambda: service.start(account, form.draft()))
        if community is not None:
            flash(_("%(name)s is open. Now announce its first event.", name=community.name))
            return redirect(url_for("events.new", slug=community.slug), 303)
    return render_template("communities/edit.html", form=form, community=None), 422 if form.errors else 200


@bp.route("/c/<slug>/edit", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Change what a community says of itself."""
    with reading():  # the picture is decoded before any lock is taken
        require(member(), Action.EDIT_COMMUNITY, service.get(slug))
        form = CommunityForm() if request.method == "POST" else CommunityForm.of(service.get(slug))
        sound = form.validate_on_submit()
        cover = _told(form, lambda: _cover(form)) if sound else None
    community, account = service.get(slug), member()
    require(account, Action.EDIT_COMMUNITY, community)
    if sound and not form.errors and _told(form, lambda: service.edit(account, community, form.draft(), cover or None)):
        flash(_("Saved."))
        return redirect(url_for(".show", slug=slug), 303)
    return render_template("communities/edit.html", form=form, community=community), 422 if form.errors else 200


@bp.get("/c/<slug>/manage")
def manage(slug: str) -> ResponseReturnValue:
    """The home of those who run a community; higher features fill it."""
    community = service.get(slug)
    account = member()
    require(account, Action.MANAGE_COMMUNITY, community)
    return render_template(
        "communities/manage.html",
        community=community,
        may_edit=may(account, Action.EDIT_COMMUNITY, community),
        may_import=may(account, Action.IMPORT_EVENTS, community),
    )


@bp.post("/c/<slug>/join")
def join(slug: str) -> ResponseReturnValue:
    """Become a member."""
    community = service.get(slug)
    service.join(member(), community)
    flash(_("Welcome to %(name)s. Its events are now in your feed.", name=community.name))
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/c/<slug>/leave")
def leave(slug: str) -> ResponseReturnValue:
    """Stop being a member."""
    community = service.get(slug)
    service.leave(member(), community)
    flash(_("You have left %(name)s. You can come back at any time.", name=community.name))
    return redirect(url_for(".show", slug=slug), 303)


@bp.get("/c/<slug>/members")
def members(slug: str) -> ResponseReturnValue:
    """All members, for those who run the community."""
    community = service.get(slug)
    require(member(), Action.EDIT_COMMUNITY, community)
    search = request.args.get("q", "")[:80]
    return render_template(
        "communities/members.html",
        community=community,
        page=queries.members(community, search, request.args.get("after", "")),
        search=search,
        may_change_roles=may(actor(), Action.CHANGE_ROLES, community),
        roles=role_names(),
        form=Form(),
    )


@bp.post("/c/<slug>/members/<int:account_id>/role")
def change_role(slug: str, account_id: int) -> ResponseReturnValue:
    """Give a member another role."""
    community, account = service.get(slug), member()
    require(account, Action.CHANGE_ROLES, community)
    role = request.form.get("role", "")
    if role not in set(MemberRole):
        raise Invalid(N_("Please choose a role."), "role")
    service.change_role(account, community, account_id, MemberRole(role))
    flash(_("The role is changed."))
    return redirect(url_for(".members", slug=slug), 303)


def role_names() -> dict[str, str]:
    """Return the roles as a person reads them."""
    return {
        MemberRole.OWNER: _("Owner"),
        MemberRole.ORGANIZER: _("Organizer"),
        MemberRole.HOST: _("Host"),
        MemberRole.MEMBER: _("Member"),
    }


def _cover(form: CommunityForm) -> str:
    """Keep the uploaded cover and return its hash, "" if there is none. Raises Invalid."""
    upload = form.cover.data
    if not upload:
        return ""
    upload.stream.seek(0)  # this view may be run a second time
    return images.store_cover(upload.read(), "cover")


def _told(form: Form, work: Callable[[], Result]) -> Result | None:
    """Do `work`; put what it refuses beside the field it is about and return None."""
    try:
        return work()
    except Invalid as refusal:
        form[refusal.field or "name"].errors = [translated(refusal)]
        return None
