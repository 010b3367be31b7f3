from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class RolesConfig(AppConfig):
    name = "roles"
    verbose_name = "People, roles and the matrix"

    def ready(self) -> None:
        from . import guards

        pre_migrate.connect(guards.lift, sender=self, dispatch_uid="roles_guards_lift")
        post_migrate.connect(guards.install, sender=self, dispatch_uid="roles_guards_install")
