"""Entry point for WSGI servers: `gunicorn wsgi:app`."""

from organizer import create_app

app = create_app()
