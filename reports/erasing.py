"""What REST keeps of somebody, to show and to erase: answers that it would give again, and how often they called."""

from __future__ import annotations

from typing import Any

from roles.identity import Identity
from roles.services.erasing import forget_in_texts

from .models import ApiUse, IdempotentRequest


def forget_answers(*, identity: Identity, user: int | None, at: Any, **_: Any) -> None:
    """Answer `person_erased`: remove the kept answers to the person, and those that name them."""
    kept = IdempotentRequest.objects.values_list("pk", "user_id", "key", "body").iterator()
    named = [
        pk
        for pk, owner, key, body in kept
        if owner == user or identity.is_in(key) or identity.is_in(bytes(body).decode(errors="replace"))
    ]
    IdempotentRequest.objects.filter(pk__in=named).delete()
    if user is not None:
        ApiUse.objects.filter(caller=f"user:{user}").delete()
    forget_in_texts("reports", identity, at=at, beside={})


def held_answers(*, user: int | None, **_: Any) -> dict[str, list[dict[str, Any]]]:
    """Answer `person_asked`: how often they called in the minute of their last call. Kept answers refer to them."""
    calls = ApiUse.objects.filter(caller=f"user:{user}").values_list("minute", "requests")
    rows: list[dict[str, Any]] = [{"minute": minute, "requests": requests} for minute, requests in calls]
    return {"apiuse": rows} if rows else {}
