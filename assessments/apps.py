from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Results and exemptions")

    def ready(self) -> None:
        from roles.services.erasing import person_erased

        from . import (
            guards,
            jobs,  # noqa: F401 - importing it has its work known
        )
        from .services.held import person_asked
        from .services.uploads import forget_erased, held_uploads

        person_erased.connect(forget_erased, dispatch_uid="assessments_forget_uploads")
        person_asked.connect(held_uploads, dispatch_uid="assessments_held_uploads")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="assessments_guards_install")
