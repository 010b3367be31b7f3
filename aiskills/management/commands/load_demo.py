"""Loads the demo organisation."""

import os
import secrets
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.timezone import localdate, now

from aiskills.demo import ACCOUNTS, OrganisationExists, demo_is_loaded, load_demo
from roles.management.recorded import RecordedCommand
from roles.models import MatrixVersion
from roles.terminal import progress_shown_on


class Command(RecordedCommand):
    help = "Load a demo organisation with two years of history, and four accounts. Into an empty installation only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=250, metavar="N", help="how many people, 250 unless given")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed, the same organisation")

    def handle(self, *, people: int, seed: int, **options: Any) -> None:
        if people < 1:
            raise CommandError(f"--people: {people} is too few; 1 is the least.")
        if demo_is_loaded():
            self.stdout.write("The demo is loaded already; nothing was changed.")
            return
        if not MatrixVersion.objects.published().exists():
            raise CommandError("No matrix is loaded, so nothing would be required of anybody. Run load_matrix first.")
        password = os.environ.get("AISKILLS_DEMO_PASSWORD") or secrets.token_urlsafe(12)
        try:
            with progress_shown_on(self.stderr):
                demo = load_demo(people=people, seed=seed, today=localdate(), at=now(), password=password)
        except OrganisationExists:
            raise CommandError("There is an organisation here already; the demo needs an empty installation.") from None
        self.stdout.write(f"Loaded {demo.people:,} people; the root team is {demo.root}. Sign in as:")
        for username, who in ACCOUNTS.items():
            self.stdout.write(f"  {username:8} {password}  {who}")
