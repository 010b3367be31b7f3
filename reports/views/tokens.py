"""The tokens with which programs act for the reader."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from reports.forms.tokens import TokenForm
from reports.views.asking import SignedInRequest
from roles.models import ApiToken
from roles.tokens import make_token, revoke_token, scopes_for


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: SignedInRequest) -> HttpResponse:
    """The reader's tokens, and a form that makes one more; the answer to it, and nothing else ever, shows the token."""
    form = TokenForm(request.POST if request.method == "POST" else None, owner=request.user, today=localdate())
    if request.method == "POST" and form.is_valid():
        try:
            return _made(request, *make_token(owner=request.user, at=now(), **form.wanted))
        except ValidationError as error:
            form.add_error(None, error)
    return _listed(request, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: SignedInRequest, digest: str) -> HttpResponse:
    """Asks whether a token of the reader's is to be revoked, and revokes it."""
    token: ApiToken = get_object_or_404(ApiToken.tokens.visible_to(request.user), digest=digest)
    if request.method != "POST":
        return render(request, "reports/revoke_token.html", {"token": token})
    revoke_token(token=token)
    said = gettext("The token “%(name)s” is revoked. Programs that use it get no answer any more.")
    messages.success(request, said % {"name": token.name})
    return redirect("tokens")


def _made(request: SignedInRequest, token: ApiToken, text: str) -> HttpResponse:
    context = {"token": token, "text": text, "site": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "reports/token_made.html", context, status=201)


def _listed(request: SignedInRequest, form: TokenForm) -> HttpResponse:
    at = now()
    own = [(token, token.has_expired(at=at)) for token in ApiToken.tokens.visible_to(request.user)]
    context = {"tokens": own, "new": form, "scopes": scopes_for(request.user)}
    return render(request, "reports/tokens.html", context, status=422 if form.errors else 200)
