"""The addresses of the site, and two that do nothing: what any page and any answer of REST costs at least."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aiskills.urls import *  # noqa: F403  (handlers of errors too)
from aiskills.urls import urlpatterns as addresses_of_the_site


class Empty(APIView):
    """Answers nothing, to who is let in as everywhere in REST: signed in, counted, within the scopes of the token."""

    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Nothing, as JSON."""
        return Response({})


def empty(request: HttpRequest) -> HttpResponse:
    """An empty page for who is signed in."""
    return HttpResponse()


urlpatterns = [path("empty/", empty), path("api/v1/empty/", Empty.as_view()), *addresses_of_the_site]
