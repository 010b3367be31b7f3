"""The site in a process that serves it."""

from __future__ import annotations

import gc

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application


def served() -> WSGIHandler:
    """The site, for a process that does nothing but serve it from now on.

    What is loaded by now stays, and is not looked at again when Python looks for garbage that refers to itself; and it
    does so after 20,000 new things instead of 700, which would be in the middle of every larger answer.
    """
    site = get_wsgi_application()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    return site
