"""What the caller may do. What they may see is said by the querysets, before any of these is asked."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from roles.models import ApiToken


class WithinTheScopesOfTheToken(BasePermission):
    """A token reads or writes only what its scopes say; the session of a browser has no scopes.

    A view names the scope that writing there takes, in `write_scope`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        scope = "read" if request.method in SAFE_METHODS else view.write_scope
        self.message = f"This token lacks the scope {scope}."
        return request.auth.has_scope(scope)


class AdministratorsWrite(BasePermission):
    """Only administrators change the organisation. Whom a thing is hidden from is told that it does not exist first."""

    message = "Only administrators change the organisation."

    def has_permission(self, request: Request, view: Any) -> bool:
        """For what is asked for by its code the right is decided once it is found, so that hidden ones stay hidden."""
        return request.method in SAFE_METHODS or bool(view.kwargs) or self._may_write(request)

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return request.method in SAFE_METHODS or self._may_write(request)

    def _may_write(self, request: Request) -> bool:
        return bool(request.user.is_superuser)
