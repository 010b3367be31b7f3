from django.apps import AppConfig


class AiskillsConfig(AppConfig):
    name = "aiskills"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - importing it registers them
