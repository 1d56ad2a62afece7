"""Entry point for WSGI servers: `gunicorn wsgi:app`."""

import gc

from organizer import create_app

app = create_app()
# What is here now stays: the collector need not walk through it again and again, nor touch pages shared by workers.
gc.collect()
gc.freeze()
