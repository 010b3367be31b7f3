"""Django's admin, with this project's site in place of its own."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "roles.console.ConsoleSite"
