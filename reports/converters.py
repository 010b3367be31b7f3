"""What stands in addresses: to import this is to have it known."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class Code(StringConverter):
    """A code in an address. None holds a control character, and PostgreSQL takes a null for an error."""

    regex = r"[^/\x00-\x1f\x7f]+"


register_converter(Code, "code")
