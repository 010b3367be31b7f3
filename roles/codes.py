"""What a code looks like, whichever way it comes in."""

import re

from django.core.validators import RegexValidator

CODE_LENGTH = 64

#: A code stands in addresses and in files: no slash, no control character, no space at an end, and not `.` or `..`.
CODE_PATTERN = re.compile(r"^(?!\.{1,2}$)[^\s/\\\x00-\x1f\x7f](?:[^/\\\x00-\x1f\x7f]*[^\s/\\\x00-\x1f\x7f])?$")

valid_code = RegexValidator(CODE_PATTERN, "A code has no slash, no control character and no space at its ends.")
