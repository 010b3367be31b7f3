from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Standings and reports")

    def ready(self) -> None:
        from assessments.services.held import person_asked
        from roles.facts import facts_changed
        from roles.services.erasing import person_erased

        from . import publishing  # noqa: F401 - importing it has its jobs known
        from .erasing import forget_answers, held_answers
        from .services import refresh_after_change

        person_erased.connect(forget_answers, dispatch_uid="reports_forget")
        person_asked.connect(held_answers, dispatch_uid="reports_held")
        facts_changed.connect(refresh_after_change, dispatch_uid="reports_refresh")
