"""Seeing the pages as somebody else (roles/seeing.py), for each request, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from roles.models import User
from roles.seeing import begun, end, seeing

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: What is nobody's to see but their own, and where seeing as somebody ends at once.
NOT_SHOWN = ("/admin/", "/tokens/", "/accounts/")


class SeeAsMiddleware:
    """Has the pages be those of who is seen: `request.user` is them, `request.seen_by` the administrator.

    Nothing is written meanwhile: what is sent answers 403, but for the ways out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if begun(request.session):
            _see(request)
        return self.get_response(request)


def _see(request: HttpRequest) -> None:
    now_seen = seeing(request.session, by=_signed_in(request), at=now())
    if now_seen is None:
        messages.info(request, gettext("You see the pages as yourself again."))
        return
    if request.path == reverse("account_logout") and request.method == "POST":
        end(request.session, why="signed out")
        return
    if request.path == reverse("see_as_stop"):
        return
    # mypy knows of neither: a request is given what its pages need.
    request.seen_by, request.user = _signed_in(request), now_seen.seen  # type: ignore[attr-defined]
    request.seen_until = now_seen.until  # type: ignore[attr-defined]
    if request.method not in SAFE or request.path.startswith(NOT_SHOWN):
        raise PermissionDenied(gettext("While you see the pages as somebody else you can only read."))


def _signed_in(request: HttpRequest) -> User | None:
    """Who is signed in, and not the lazy object that stands for them."""
    return User.objects.filter(pk=request.user.pk).first() if request.user.is_authenticated else None


@login_not_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Sees the pages as oneself again, and leads to the account that was seen."""
    if not begun(request.session):
        return redirect("home")
    name = end(request.session, why="stopped")
    messages.success(request, gettext("You no longer see the pages as %(user)s.") % {"user": name})
    user = User.objects.filter(username=name).first()
    return redirect("admin:roles_user_change", user.pk) if user else redirect("home")
