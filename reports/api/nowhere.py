"""Addresses at which nothing is."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from .base import Api


@extend_schema(exclude=True)
class Nowhere(Api):
    """Answers for every address below that is none, in problem details too."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anything else is asked."""
        self.perform_authentication(request)
        raise exceptions.NotFound

    def get(self, request: Request) -> Response:
        """Never reached."""
        raise exceptions.NotFound
