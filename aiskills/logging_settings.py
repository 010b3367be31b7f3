"""Where logs go, and in what form (logs.py); apart from that, since settings are read before any model."""

from __future__ import annotations

from typing import Any


def logging_settings() -> dict[str, Any]:
    """All from `INFO` up goes to standard error, where whoever runs the process keeps it; of libraries, warnings."""
    through: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "discreet": {
                "()": "aiskills.logs.Discreet",
                "format": "{asctime} {levelname} {name} [{request_id}] {message}",
                "style": "{",
            }
        },
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "discreet"}},
        "root": {"handlers": ["lines"], "level": "INFO"},
        "loggers": {
            "django": {**through, "level": "INFO"},
            "django.server": {**through, "level": "INFO"},
            "axes": {**through, "level": "WARNING"},
            "django-q": {**through, "level": "WARNING"},
        },
    }
