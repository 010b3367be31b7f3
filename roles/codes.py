"""What a code looks like, whichever way it comes in."""

import re

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

CODE_LENGTH = 64

#: A code stands in addresses and in files: no slash, no control character, no space at an end, and not `.` or `..`.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
CODE_PATTERN = re.compile(rf"\A(?!\.{{1,2}}\Z)[^\s/\\{_CONTROL}](?:[^/\\{_CONTROL}]*[^\s/\\{_CONTROL}])?\Z")

valid_code = RegexValidator(CODE_PATTERN, _("A code has no slash, no control character and no space at its ends."))
