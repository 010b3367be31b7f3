"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.utils import translation
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.response import Response

from .asking import chosen
from .base import Api

#: Two threads that make it at the same time stumble over each other in drf-spectacular, the first time in a process.
_ALONE = Lock()


def document() -> dict[str, Any]:
    """The OpenAPI document, the same for everybody and made once in a process."""
    with _ALONE:
        return _made()


@cache
def _made() -> dict[str, Any]:
    with translation.override("en"):
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]
        made: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return made


class SchemaView(Api, SpectacularJSONAPIView):
    """The OpenAPI document itself."""

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The document."""
        return Response(chosen(request, document()))


# The arrows and the sign to copy by are images within the stylesheet of Swagger UI. Images do nothing, wherever from.
@method_decorator(csp_update({"img-src": [SELF, "data:"]}), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """The page that shows the document, within the Content-Security-Policy and without a network."""

    url_name = "api_schema"
    template_name = "api/docs.html"
