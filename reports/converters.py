"""What stands in addresses; made known in `apps.py`, since REST has addresses with it as the pages do."""

from django.urls.converters import StringConverter


class Code(StringConverter):
    """A code in an address. None holds a control character, and PostgreSQL takes a null for an error."""

    regex = r"[^/\x00-\x1f\x7f]+"
