"""The blueprint of all pages about answers."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("rsvps", __name__)
