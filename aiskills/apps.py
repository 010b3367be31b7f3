from django.apps import AppConfig


class AiskillsConfig(AppConfig):
    name = "aiskills"
