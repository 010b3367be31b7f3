from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class RolesConfig(AppConfig):
    name = "roles"
    verbose_name = _("People, roles and the matrix")

    def ready(self) -> None:
        from . import (
            audit,  # noqa: F401 - importing it has events written
            guards,
            verifying,  # noqa: F401 - importing it has the trail verified in the background
        )

        pre_migrate.connect(guards.lift, sender=self, dispatch_uid="roles_guards_lift")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="roles_guards_install")
