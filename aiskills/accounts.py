"""How people sign in."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

Credentials = Mapping[str, str | None]


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    """Nobody makes an account for themselves: administrators do."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


def name_typed(request: HttpRequest | None, credentials: Credentials | None = None) -> str:
    """What somebody typed to say who they are, a name or an address: guesses are counted by it (django-axes)."""
    typed = request.POST.get("login") if request is not None else None
    known = credentials or {}
    return (typed or known.get("username") or known.get("email") or "").strip().lower()


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Sets the language of the pages and leads back to the one that the reader came from."""
    return set_language(request)


@login_not_required
def not_here(request: HttpRequest) -> HttpResponse:
    """Answers 404, for what allauth has and this site has not."""
    raise Http404(request.path)
