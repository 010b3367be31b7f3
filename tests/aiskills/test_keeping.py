"""Who signed in, and who tried to, is forgotten after a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import now

from aiskills.keeping import SIGN_INS_KEPT
from roles.housekeeping import keep_house
from roles.models import User

PASSWORD = "correct horse battery"  # noqa: S105

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """allauth counts in the cache how often somebody sends a form, and grows tired of it."""
    cache.clear()


def test_old_sign_ins_go_and_others_stay(db: None) -> None:
    User.objects.create_user("ada", password=PASSWORD)
    for password in ("wrong", PASSWORD):
        Client().post("/accounts/login/", {"login": "ada", "password": password})
        Client().post("/accounts/login/", {"login": "bo", "password": password})
    assert (AccessAttempt.objects.count(), AccessLog.objects.count()) == (1, 1)
    keep_house()
    assert (AccessAttempt.objects.count(), AccessLog.objects.count()) == (1, 1)
    for model in (AccessAttempt, AccessLog):
        model.objects.update(attempt_time=now() - SIGN_INS_KEPT - timedelta(minutes=1))
    keep_house()
    assert (AccessAttempt.objects.count(), AccessLog.objects.count()) == (0, 0)
