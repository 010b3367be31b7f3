"""What `make run` runs: the demo, from nothing to a page in the browser."""

import errno
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from aiskills.demo import ACCOUNTS, demo_is_loaded
from roles.models import Person, Team

HOST = "127.0.0.1"
SECONDS_TO_END = 10
PASSWORD_FILE = Path(".local") / "demo-password"


class Command(BaseCommand):
    help = "Make the database, load the matrix and the demo, print the gap report and the accounts, and serve."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        port = _free_port(os.environ.get("PORT", "").strip() or "8000")
        self._prepare()
        with _worker():
            self.stdout.write("\nA worker does jobs in the background, such as imports; it ends with the server.")
            self.stdout.write(f"Serving http://{HOST}:{port}/ - stop with Ctrl-C.\n\n")
            self.stdout.flush()
            call_command("runserver", f"{HOST}:{port}", use_reloader=False)

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_matrix", stdout=self.stdout)
        password = _password(settings.BASE_DIR / PASSWORD_FILE)
        os.environ["AISKILLS_DEMO_PASSWORD"] = password
        if not Person.objects.exists():
            call_command("load_demo", stdout=self.stdout)
        root = Team.objects.filter(parent=None).first()
        if root is not None:
            call_command("gap_report", root.code, stdout=self.stdout)
        if demo_is_loaded():
            self.stdout.write(f"Sign in with the password {password} as:")
            for username, who in ACCOUNTS.items():
                self.stdout.write(f"  {username:8} {who}")


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker for the block; should this process be killed, it notices and ends as well."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    command = [*manage, "worker", "--grace", "2", "--while", str(os.getpid())]
    # Not the terminal's Ctrl-C, by which it would end while the server still answers.
    worker = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - nothing of it comes from outside
    try:
        yield worker
    finally:
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(SECONDS_TO_END)
        worker.kill()
        worker.wait()


def _free_port(text: str) -> int:
    """The port to serve on; CommandError, saying what to do, if it cannot be used."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:  # noqa: PLR2004
        raise CommandError(f"PORT is {text!r}: give a number from 1 to 65535, such as `make run PORT=8001`.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise CommandError(f"Port {port} {what}. Take another: make run PORT={port + 1}") from None
    return port


def _password(file: Path) -> str:
    """The demo's password: the one that is set, else one that is made up once and kept for the next start."""
    given = os.environ.get("AISKILLS_DEMO_PASSWORD")
    if given:
        return given
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            output.write(secrets.token_urlsafe(12))
    return file.read_text(encoding="utf-8").strip()
