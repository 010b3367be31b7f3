"""The WSGI entry point for a production server."""

import os

from .serving import served

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiskills.settings")
application = served()
