"""One's own replies to questions, behind the secret address; and what others who come let each other see."""

from __future__ import annotations

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.core.errors import Invalid, NotFound

from . import questions, replies, reply_queries
from .blueprint import bp
from .forms import blame
from .models import Answer
from .own_views import back_to, own_page, own_rsvp
from .reply_forms import OwnReplies
from .words import reply_words


@bp.post("/rsvps/<token>/replies")
def change_replies(token: str) -> ResponseReturnValue:
    """Say something else, or what was not asked before."""
    rsvp = own_rsvp(token)
    asked = OwnReplies(rsvp, sent=True)
    if asked.validate():
        try:
            replies.change(rsvp, asked.said())
        except Invalid as error:
            blame(asked.form, error)
        else:
            flash(_("Saved."))
            return back_to(token)
    return own_page(rsvp, token, asked=asked), 422


@bp.post("/rsvps/<token>/replies/delete")
def delete_replies(token: str) -> ResponseReturnValue:
    """Take back all that was said."""
    replies.forget(own_rsvp(token))
    flash(_("Your answers to the questions are deleted."))
    return back_to(token)


@bp.get("/rsvps/<token>/others/<question>")
def others(token: str, question: str) -> ResponseReturnValue:
    """What those who come said to a question that they answer for each other."""
    rsvp = own_rsvp(token)
    asked = questions.get(rsvp.event, question)
    if rsvp.answer is not Answer.GOING or not asked.shown:
        raise NotFound
    return render_template(
        "rsvps/others.html",
        event=rsvp.event,
        token=token,
        question=asked,
        page=reply_queries.shown(rsvp.event, asked, request.args.get("after", "")),
        reply_words=reply_words,
    )
