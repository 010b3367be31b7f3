"""How people sign in."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from aiskills.recording import origin_of
from roles.links import LINKS
from roles.models import User
from roles.services.access import set_password

Credentials = Mapping[str, str | None]

if TYPE_CHECKING:
    PasswordForm = SetPasswordForm[User]
else:
    PasswordForm = SetPasswordForm


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    """Nobody makes an account for themselves: administrators do."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def set_password(self, user: User, password: str) -> None:
        """By the one service that sets one, so that it is recorded alike wherever it is done."""
        set_password(user=user, password=password)


def name_typed(request: HttpRequest | None, credentials: Credentials | None = None) -> str:
    """What somebody typed to say who they are, a name or an address: guesses are counted by it (django-axes)."""
    typed = request.POST.get("login") if request is not None else None
    known = credentials or {}
    return (typed or known.get("username") or known.get("email") or "").strip().lower()


def address_of(request: HttpRequest) -> str | None:
    """Where somebody signs in from: guesses are counted by it (django-axes). Without a sound one it is the proxy."""
    told = origin_of(request)
    try:
        return str(ip_address(told))
    except ValueError:
        return request.META.get("REMOTE_ADDR") or None


class OwnPasswordForm(PasswordForm):
    """The password that somebody chooses for themselves."""

    def save(self, commit: bool = True) -> User:  # noqa: ARG002 - it is always written
        set_password(user=self.user, password=self.cleaned_data["new_password1"])
        return self.user


class OwnPassword(PasswordResetConfirmView):
    """Sets one's own password by a link that an administrator has handed over; Django's own view, with our link."""

    template_name = "account/own_password.html"
    form_class = OwnPasswordForm
    token_generator = LINKS
    success_url = reverse_lazy("account_login")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        messages.success(self.request, gettext("Your password is set. Sign in with it."))
        return super().form_valid(form)


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Sets the language of the pages and leads back to the one that the reader came from."""
    return set_language(request)


@login_not_required
def not_here(request: HttpRequest) -> HttpResponse:
    """Answers 404, for what allauth has and this site has not."""
    raise Http404(request.path)
