from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Results and exemptions")

    def ready(self) -> None:
        from . import guards

        post_migrate.connect(guards.install, sender=self, dispatch_uid="assessments_guards_install")
