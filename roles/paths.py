"""How the path of a team is written: the key of each team on it, from the root down, in so many digits."""

from __future__ import annotations

STEP = 8
