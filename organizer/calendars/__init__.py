"""Feeds that calendar programs follow."""
