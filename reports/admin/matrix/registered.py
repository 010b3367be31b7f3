"""The matrix among the models of the console: it leads to its own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from roles.admin.base import ConsoleAdmin, ReadOnly
from roles.console import Group
from roles.models import MatrixVersion


@admin.register(MatrixVersion)
class MatrixVersionAdmin(ReadOnly, ConsoleAdmin):
    """Versions of the matrix, each a sheet of roles by competencies."""

    group = Group.REQUIRED

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("admin:matrix_versions")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        version = get_object_or_404(MatrixVersion, pk=object_id if object_id.isdigit() else 0)
        return redirect("admin:matrix_version", version.code)
