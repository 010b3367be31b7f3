"""How programs sign in: tokens, each with its owner's rights and no more."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from roles.querysets import ApiTokenQuerySet
from roles.recorded import Recorded


class ApiTokenManager(AuthTokenManager):  # type: ignore[misc]  # knox has no annotations
    """knox's own way to tokens, recorded as every other."""

    def get_queryset(self) -> ApiTokenQuerySet:
        return ApiTokenQuerySet(self.model, using=self._db)


class ApiToken(Recorded, AbstractAuthToken):  # type: ignore[misc]  # knox has no annotations
    """A token for REST, of which only a hash is kept. What its scopes leave out it may not do, whoever owns it.

    `token_key` is its beginning, which tells it from others; `expiry` is None for one that does not expire.
    """

    called_by = ("user_id", "name")
    unrecorded = frozenset({"token_key", "created", "last_used_at"})

    #: The scopes by name: the field that gives each.
    SCOPES: ClassVar[dict[str, str]] = {
        "read": "reads",
        "write_results": "writes_results",
        "write_organisation": "writes_organisation",
    }

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100)
    reads = models.BooleanField(_("read"), default=True)
    writes_results = models.BooleanField(_("write results"), default=False)
    writes_organisation = models.BooleanField(_("write organisation"), default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ApiTokenManager()
    tokens = ApiTokenQuerySet.as_manager()

    class Meta(Recorded.Meta):
        ordering = ["-created", "digest"]
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        # The name is what an owner tells their tokens apart by; and a form that is sent again makes no second one.
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="token_name_once_for_each_owner")]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    def has_scope(self, scope: str) -> bool:
        """Whether the token has the scope, one of SCOPES; KeyError for another."""
        return bool(getattr(self, self.SCOPES[scope]))

    @property
    def scopes(self) -> list[str]:
        """The names of the scopes it has."""
        return [scope for scope in self.SCOPES if self.has_scope(scope)]

    @property
    def scopes_in_words(self) -> str:
        """What it may do, in words, one after the other."""
        words = {field.name: str(field.verbose_name) for field in self._meta.concrete_fields}
        return ", ".join(words[self.SCOPES[scope]] for scope in self.scopes)

    def has_expired(self, *, at: datetime) -> bool:
        """Whether it is no longer good at the instant `at`."""
        return self.expiry is not None and self.expiry <= at
