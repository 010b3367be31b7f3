"""A process that serves the site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASKED = """
import gc
before, _, _ = gc.get_threshold()
import aiskills.wsgi
after, _, _ = gc.get_threshold()
print(before, after, gc.get_freeze_count())
"""


def test_a_server_looks_for_garbage_rarely_and_never_in_what_it_has_loaded() -> None:
    environ = {**os.environ, "AISKILLS_DEBUG": "true"}
    told = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    usual, rare, frozen = map(int, told.stdout.split())
    assert usual < rare
    assert frozen > 10_000
