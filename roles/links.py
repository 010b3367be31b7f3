"""Links with which somebody sets their own password, once: no mail is sent, an administrator hands them over.

A link ends with its use, after PASSWORD_RESET_TIMEOUT, when the owner signs in or is deactivated.
"""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext

from .models import User
from .services.checking import InTheWay
from .trail import one_event


class Links(PasswordResetTokenGenerator):
    """Django's own, good only while the account is as it was when the link was made."""

    key_salt = "roles.links.Links"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        made: str = super()._make_hash_value(user, timestamp)
        return f"{made}{user.sessions_ended}{user.is_active}"


LINKS = Links()


def make_link(*, user: User) -> str:
    """The path of a new link, which is kept nowhere; the audit trail says that it was made.

    The password that the user has stays good until the link is used. Raises InTheWay for who is deactivated.
    """
    if not user.is_active:
        raise InTheWay(gettext("The account %(user)s is deactivated. Reactivate it first.") % {"user": user.username})
    with one_event("user.link_made", user.username) as told:
        told.facts["link"] = "to set a password"
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("set_own_password", args=[key, LINKS.make_token(user)])
