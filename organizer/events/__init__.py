"""Meetings: what, when, where; their list and page."""
