"""Filters over results that chain."""

from __future__ import annotations

from typing import Any

from roles.facts import FactQuerySet


class AssessmentResultQuerySet(FactQuerySet[Any]):
    def standing(self) -> AssessmentResultQuerySet:
        """Those that have not been withdrawn."""
        return self.filter(withdrawn_at__isnull=True)
