"""What `manage.py check` says about this installation beside Django's own."""

from __future__ import annotations

import difflib
import os
from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's own name

from .environment import KNOWN


@register()
def known_variables(**_: Any) -> list[CheckMessage]:
    """Warn of variables that look like ours and mean nothing: a slip in a name would go unnoticed otherwise."""
    unknown = sorted(name for name in os.environ if name.startswith("AISKILLS_") and name not in KNOWN)
    return [Warning(f"The variable {name} is not known.", hint=_hint(name), id="aiskills.W001") for name in unknown]


def _hint(name: str) -> str:
    close = difflib.get_close_matches(name, KNOWN, n=1)
    return f"Is {close[0]} meant?" if close else "docs/operating.md lists the variables."
