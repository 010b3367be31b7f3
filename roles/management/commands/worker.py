"""Does what is asked for in the background, until it is stopped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from roles.working import Working


class Command(BaseCommand):
    help = "Do jobs in the background: imports, publications, and what else takes long. Stop it with SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--grace",
            type=float,
            default=30,
            metavar="SECONDS",
            help="how long a job may go on once the worker is stopped (30); what is not done is taken up later",
        )
        parser.add_argument(
            "--while", dest="while_there", type=int, metavar="PID", help="end with this process, which started it"
        )

    def handle(self, **options: Any) -> None:
        def say(words: str) -> None:
            self.stdout.write(words)
            self.stdout.flush()

        Working(say=say, grace=options["grace"], while_there=options["while_there"]).run()
