from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Standings and reports")

    def ready(self) -> None:
        from django.urls import register_converter

        from assessments.services.held import person_asked
        from roles.facts import facts_changed
        from roles.housekeeping import chore, frequent
        from roles.services.erasing import person_erased
        from roles.services.teams import team_moves

        from . import publishing  # noqa: F401 - importing it has its jobs known
        from .converters import Code
        from .counters.folding import fold
        from .counters.tree import count_large_teams, follow_move
        from .erasing import forget_answers, held_answers
        from .services import refresh_after_change

        register_converter(Code, "code")
        person_erased.connect(forget_answers, dispatch_uid="reports_forget")
        person_asked.connect(held_answers, dispatch_uid="reports_held")
        frequent(fold)
        chore(count_large_teams)
        team_moves.connect(follow_move, dispatch_uid="reports_follow_move")
        facts_changed.connect(refresh_after_change, dispatch_uid="reports_refresh")
