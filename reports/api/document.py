"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from .base import Api


class SchemaView(Api, SpectacularJSONAPIView):
    """The OpenAPI document itself."""

    parameters = frozenset()

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]


class DocsView(SpectacularSwaggerSplitView):
    """The page that shows the document, within the Content-Security-Policy and without a network."""

    url_name = "api_schema"
    template_name = "api/docs.html"
