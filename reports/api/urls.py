"""The addresses of REST, all below /api/v1/. Converters: `code` from reports/urls.py."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from .document import DocsView, SchemaView
from .gaps import TeamGaps
from .nowhere import Nowhere

urlpatterns = [
    path("teams/<code:code>/gaps/", TeamGaps.as_view(), name="api_team_gaps"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", login_required(DocsView.as_view()), name="api_docs"),
    re_path("", Nowhere.as_view(), name="api_nowhere"),
]
