from django.apps import AppConfig


class AiskillsConfig(AppConfig):
    name = "aiskills"

    def ready(self) -> None:
        from assessments.services.held import person_asked
        from roles.services.erasing import person_erased

        from . import checks, keeping  # noqa: F401 - importing them registers what they have
        from .erasing import forget_by_libraries, held_by_libraries

        person_erased.connect(forget_by_libraries, dispatch_uid="aiskills_forget")
        person_asked.connect(held_by_libraries, dispatch_uid="aiskills_held")
