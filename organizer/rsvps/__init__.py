"""Answers to events: seats, queue, guest list."""
