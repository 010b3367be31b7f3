#!/usr/bin/env python
"""Django's command line for aiskills."""

import os
import sys

from django.core.management import execute_from_command_line

from roles.acting import acting, system_user

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiskills.settings")
    with acting(surface="command", actor=system_user()):
        execute_from_command_line(sys.argv)
