"""Tokens, made and revoked by their owners."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from roles.models import ApiToken, User
from roles.trail import one_event

#: For each owner.
MOST_TOKENS = 50
#: How many days ahead a token may expire.
LONGEST_LIFE = timedelta(days=731)


def scopes_for(user: User) -> list[str]:
    """The scopes of ApiToken.SCOPES that the user has any right for."""
    rights = {
        "read": True,
        "write_results": user.records,
        "write_organisation": user.administers,
    }
    return [scope for scope in ApiToken.SCOPES if user.is_active and rights[scope]]


def may_last_for_good(user: User) -> bool:
    """Whether the user may make a token that never expires: administrators may."""
    return user.administers


@one_event("token.made")
def make_token(
    *, owner: User, name: str, scopes: Collection[str], expires_on: date | None, at: datetime
) -> tuple[ApiToken, str]:
    """A new token and its text, which is kept nowhere, so that it cannot be said again.

    It no longer works from the beginning of the day `expires_on`; if that is None, it works for good. Raises
    ValidationError, with what is wrong by the name of the argument, and makes nothing.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # Else two made at once could be one too many.
    problems = {
        **_wrong_with_name(owner, name),
        **_wrong_with_rights(owner, scopes),
        **_wrong_with_expiry(owner, expires_on, localdate(at)),
    }
    if problems:
        raise ValidationError(problems)
    digest, text = get_digest_token()
    token = ApiToken(
        user=owner,
        name=name,
        digest=digest,
        token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH],
        # knox's manager takes how long a token lasts, and counts from its own now.
        expiry=make_aware(datetime.combine(expires_on, time.min)) if expires_on else None,
        **{ApiToken.SCOPES[scope]: scope in scopes for scope in ApiToken.SCOPES},
    )
    token.save(force_insert=True)
    return token, text


@one_event("token.revoked")
def revoke_token(*, token: ApiToken) -> None:
    """End the token at once and for good."""
    token.delete()


def _wrong_with_name(owner: User, name: str) -> dict[str, ValidationError]:
    own = ApiToken.tokens.filter(user=owner)
    if own.filter(name=name).exists():
        message = _(
            "You have a token “%(name)s” already. Choose another name; or if you have not kept that token, which is"
            " shown only once, revoke it first."
        )
        return {"name": ValidationError(message, params={"name": name})}
    if own.count() >= MOST_TOKENS:
        message = _("You have %(tokens)s tokens, and nobody may have more. Revoke one that is not needed.")
        return {"name": ValidationError(message, params={"tokens": MOST_TOKENS})}
    return {}


def _wrong_with_rights(owner: User, scopes: Collection[str]) -> dict[str, ValidationError]:
    if beyond := sorted(set(scopes) - set(scopes_for(owner))):
        message = _("Your account has no right to give the scope “%(scope)s”.")
        return {"scopes": ValidationError(message, params={"scope": beyond[0]})}
    return {} if scopes else {"scopes": ValidationError(_("Choose at least one."))}


def _wrong_with_expiry(owner: User, expires_on: date | None, today: date) -> dict[str, ValidationError]:
    if expires_on is None and not may_last_for_good(owner):
        return {"expires_on": ValidationError(_("Only administrators make tokens that never expire."))}
    if expires_on is not None and not today < expires_on <= today + LONGEST_LIFE:
        message = _("Choose a day after today, and not after %(last)s.")
        return {"expires_on": ValidationError(message, params={"last": date_format(today + LONGEST_LIFE)})}
    return {}
