"""Prints the gap report of a team."""

import argparse
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate

from reports.days import day
from reports.presentation.data import report_data, write_csv
from reports.presentation.terminal import print_report
from reports.queries import TeamReport, team_report
from roles.models import Team
from roles.terminal import console


def _day(text: str) -> date:
    try:
        return day(text)
    except ValueError as error:
        raise CommandError(f"--as-of: {error}", returncode=2) from None


class Command(BaseCommand):
    help = "Print the gap report of a team and all teams below it, on any day, past or to come."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", metavar="TEAM", help="the team's code")
        parser.add_argument("--as-of", metavar="DAY", type=str, help="YYYY-MM-DD; today unless given")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
        parser.formatter_class = argparse.HelpFormatter

    def handle(self, *, team: str, as_of: str | None, format: str, **options: Any) -> None:  # noqa: A002
        day_asked = _day(as_of) if as_of is not None else localdate()
        found = Team.objects.filter(code=team).first()
        if found is None:
            raise CommandError(f"There is no team with the code {team!r}.", returncode=2)
        report = team_report(team=found, as_of=day_asked)
        if format == "json":
            self.stdout.write(json.dumps(report_data(report), ensure_ascii=False, indent=1))
        elif format == "csv":
            write_csv(report, self.stdout)  # type: ignore[arg-type]
        else:
            self._print(report)

    def _print(self, report: TeamReport) -> None:
        """The tables: as they are on a terminal; in a file or a mail without the spaces at the ends of lines."""
        screen = console(self.stdout)
        if screen.is_terminal:
            print_report(report, screen, today=localdate())
            return
        with screen.capture() as captured:
            print_report(report, screen, today=localdate())
        self.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()))
