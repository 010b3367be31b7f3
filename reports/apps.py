from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Standings and reports")

    def ready(self) -> None:
        from roles.facts import facts_changed

        from .services import refresh_after_change

        facts_changed.connect(refresh_after_change, dispatch_uid="reports_refresh")
