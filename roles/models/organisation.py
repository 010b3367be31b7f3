"""What the organisation decides once, for everybody."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.facts import Rule, RuleQuerySet


class EvidencePolicy(models.TextChoices):
    """Which of several results decides (contract, section 2)."""

    LATEST_VERIFIED = "latest_verified", _("A verified result before a claimed one, then the latest")
    LATEST = "latest", _("The latest result")
    HIGHEST = "highest", _("The highest level, then the latest result")


def new_pseudonym_key() -> str:
    """A random key of 256 bits, in hexadecimal."""
    return secrets.token_hex(32)


class Organisation(Rule):
    """The one row of organisation-wide decisions."""

    decisive = frozenset({"evidence_policy"})
    called_by = ()
    secret = frozenset({"pseudonym_key"})

    evidence_policy = models.CharField(
        _("which result decides"), max_length=20, choices=EvidencePolicy, default=EvidencePolicy.LATEST_VERIFIED
    )
    # Keeps pseudonyms stable between exports, and unguessable for who has only the export.
    pseudonym_key = models.CharField(max_length=64, default=new_pseudonym_key, editable=False)

    objects = RuleQuerySet["Organisation"].as_manager()

    class Meta(Rule.Meta):
        verbose_name = _("what holds for everybody")
        verbose_name_plural = _("what holds for everybody")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="organisation_only_one"),
            models.CheckConstraint(
                condition=models.Q(evidence_policy__in=EvidencePolicy.values), name="organisation_known_policy"
            ),
        ]

    def __str__(self) -> str:
        return capfirst(gettext("what holds for everybody"))

    @property
    def decides(self) -> bool:
        """Whether the row, as it is, has standings depend on it: not where it says what holds without it."""
        return self.evidence_policy != EvidencePolicy.LATEST_VERIFIED

    @classmethod
    def current(cls) -> Organisation:
        """The row, made with the defaults when it is first asked for."""
        found = cls.objects.filter(pk=1).first()
        return found or cls.objects.get_or_create(pk=1)[0]
