"""How long it is kept who signed in, and who tried to."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog

from roles.housekeeping import chore

#: Long enough to look into what somebody has noticed late.
SIGN_INS_KEPT = timedelta(days=90)


@chore
def old_sign_ins(at: datetime) -> None:
    """What django-axes keeps of sign-ins, with names and network addresses."""
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=at - SIGN_INS_KEPT).delete()
