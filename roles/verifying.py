"""Verifying the audit trail in the background, for who has no command line."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from .audit import findings
from .jobs import does
from .models import AuditHead, Job
from .progress import report

VERIFY = "verify_audit"
#: So many findings are named.
NAMED_AT_MOST = 100


@does(VERIFY, words=_("Verify the audit trail"))
def verify(job: Job) -> dict[str, Any]:  # noqa: ARG001 - what every work is given
    """What `verify_audit` says: how many events there are, the hash of the last, and the findings, the first named."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    report(str(_("Events")), 0, head.number)
    found = findings()
    named = [list(finding) for finding in islice(found, NAMED_AT_MOST)]
    return {"events": head.number, "hash": head.hash, "findings": named, "more": sum(1 for _finding in found)}
