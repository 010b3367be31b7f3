"""What every part of the console has in common."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from roles.models import User
from roles.trail import one_event


class ReadOnly:
    """What nobody adds, changes or removes in the console."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class Rights:
    """Administrators do all, auditors read; Django's own permissions are not asked for."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return isinstance(request.user, User) and request.user.reads_everything

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return may_write(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return may_write(request)


def may_write(request: HttpRequest) -> bool:
    """Whether the user may change anything in the console: administrators may."""
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


def _sent(request: HttpRequest) -> AbstractContextManager[object]:
    """One event for what is sent; what is only looked at needs no transaction."""
    return one_event() if request.method == "POST" else nullcontext()


class ConsoleAdmin(Rights, ModelAdmin):
    """A model in the console. What is sent at once is one event of the audit trail, which is the only log there is."""

    list_per_page = 50
    show_full_result_count = False
    save_as = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with _sent(request):
            return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with _sent(request):
            return super().changelist_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with _sent(request):
            return super().delete_view(request, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Leads to the events of the audit trail that are about the row."""
        row = self.get_object(request, object_id)
        about = " ".join(str(getattr(row, name)) for name in getattr(row, "called_by", ()) if not name.endswith("_id"))
        return redirect(f"{reverse('admin:roles_auditevent_changelist')}?q={about}")

    def log_addition(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""

    def log_change(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""

    def log_deletions(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""
