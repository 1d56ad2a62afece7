"""Entry point for WSGI servers: `gunicorn wsgi:app`."""

import gc

gc.disable()  # all that is made now stays; looking for garbage in it is a tenth of the start

from organizer import create_app  # noqa: E402

app = create_app()
# Nor need the collector walk through it later, or touch memory that workers share.
gc.freeze()
gc.enable()
