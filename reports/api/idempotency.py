"""`Idempotency-Key`: a request that is sent again is answered again, and done once."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.timezone import now
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from reports.models import IdempotentRequest
from roles.trail import one_event

from .asking import caller_of
from .problems import Conflict, InFlight, KeyUsedBefore

HEADER = "Idempotency-Key"
#: How long an answer is kept (contract, section 6).
KEPT = timedelta(hours=24)
#: After so long without an answer, whoever was answering is taken to be gone.
ABANDONED = timedelta(minutes=10)
LONGEST = 255


def once(request: Request, work: Callable[[], Response]) -> Response:
    """What the work answers; for a key that was sent before, what it answered then, without doing it again.

    The answer is kept in the transaction of the work, so that there is no write without an answer nor the other way
    round. A request that is refused leaves nothing behind: its key can be used again. Raises InFlight while the first
    is being answered, KeyUsedBefore for another request under the same key, and what the work raises.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with one_event():
            return work()
    claim = _claimed(request, _checked(key))
    if isinstance(claim, Response):
        return claim
    try:
        with one_event():
            response = work()
            _keep(claim, response)
    except BaseException:
        IdempotentRequest.objects.filter(claim=claim, status=None).delete()
        raise
    return response


def _checked(key: str) -> str:
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise exceptions.ValidationError({HEADER: f"Write 1 to {LONGEST} printable characters of ASCII."})
    return key


def _claimed(request: Request, key: str) -> uuid.UUID | Response:
    """A claim of the work, or the answer that was given to it before."""
    at, claim = now(), uuid.uuid4()
    stale = Q(claimed_at__lt=at - KEPT) | Q(status=None, claimed_at__lt=at - ABANDONED)
    IdempotentRequest.objects.filter(stale).delete()
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            IdempotentRequest.objects.create(
                user=caller_of(request), key=key, fingerprint=fingerprint, claim=claim, claimed_at=at
            )
    except IntegrityError:
        return _answered(request, key, fingerprint)
    return claim


def _answered(request: Request, key: str, fingerprint: str) -> Response:
    before = IdempotentRequest.objects.filter(user=caller_of(request), key=key).first()
    if before is None:  # It was refused in this very moment, and left nothing behind.
        raise InFlight
    if before.fingerprint != fingerprint:
        raise KeyUsedBefore
    if before.status is None:
        raise InFlight
    return Response(json.loads(bytes(before.body)), before.status, headers={"Idempotent-Replayed": "true"})


def _fingerprint(request: Request) -> str:
    """What tells requests apart: method, address and the value of the body, however it was written."""
    body = json.dumps(request.data, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()


def _keep(claim: uuid.UUID, response: Response) -> None:
    kept = IdempotentRequest.objects.filter(claim=claim).update(
        status=response.status_code, body=JSONRenderer().render(response.data)
    )
    if not kept:
        raise Conflict("It took so long that somebody else was let in under this Idempotency-Key. Nothing was written.")
