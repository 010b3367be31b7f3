"""Who calls: the owner of a token, or whoever is signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.timezone import now
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from roles.models import ApiToken, User

#: How exactly it is kept when a token was last used; more often would be a write for each request.
LAST_USE = timedelta(minutes=1)


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]  # knox has no annotations
    """`Authorization: Token …`. The token acts for its owner, as long as both may still do so.

    Found by its hash in one query; knox would look at every token of the owner and delete those that have expired.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """The owner and the token; AuthenticationFailed, in the same words whatever is wrong with it."""
        # A digest is had by one at most, so that there is nothing to order.
        found = next(iter(ApiToken.tokens.select_related("user").filter(digest=_digest(token)).order_by()), None)
        if found is None or found.has_expired(at=now()) or not found.user.is_active:
            raise AuthenticationFailed("This token is not known, has expired or was revoked.")
        _note_use(found)
        return found.user, found


def _digest(token: bytes) -> str:
    try:
        digest: str = hash_token(token.decode("ascii"))
    except UnicodeDecodeError:
        return ""
    return digest


def _note_use(token: ApiToken) -> None:
    at = now()
    if token.last_used_at is None or token.last_used_at < at - LAST_USE:
        ApiToken.tokens.filter(pk=token.pk).update(last_used_at=at)


class _InTheDocument(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the token stands in the OpenAPI document."""

    target_class = TokenAuthentication
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a space in front of the token.",
        }
