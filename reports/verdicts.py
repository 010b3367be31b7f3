"""Why each of somebody's results in one competency decides on a day, or why not; no database and no clock here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

from .standings import OPEN, Result, by_rank


class Verdict(Enum):
    """What a result is to a day (contract, section 2.2). From CLAIMED to RECORDED_EARLIER the deciding one beats it."""

    DECIDES = "decides"
    #: A claim, while a verified result decides.
    CLAIMED = "claimed"
    #: A lower level than the one that decides, where the highest does.
    LOWER = "lower"
    #: Assessed on an earlier day than the one that decides.
    OLDER = "older"
    #: Assessed on the same day as the one that decides, and recorded before it.
    RECORDED_EARLIER = "recorded_earlier"
    EXPIRED = "expired"
    #: Assessed only after the day.
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"


class Judged(NamedTuple):
    """A result with what it is to the day."""

    result: Result
    verdict: Verdict


#: After what counts on the day come those that do not, in this order.
_LAST = (Verdict.EXPIRED, Verdict.NOT_YET, Verdict.WITHDRAWN)


def verdicts(results: Sequence[Result], *, policy: str, day: date) -> list[Judged]:
    """Each result of one person in one competency with its verdict on the day.

    The one that decides comes first, if any counts; then what came closest to it; then the expired ones, those assessed
    after the day, and the withdrawn ones. KeyError for an unknown policy.
    """
    ranked = by_rank(results, policy)
    counting = [result for result in ranked if _out(result, day) is None]
    judged = [Judged(result, _out(result, day) or _among(counting, result, policy)) for result in ranked]
    return sorted(judged, key=lambda one: _LAST.index(one.verdict) if one.verdict in _LAST else -1)


def _out(result: Result, day: date) -> Verdict | None:
    """Why the result does not count on the day; None if it does."""
    if result.withdrawn:
        return Verdict.WITHDRAWN
    if result.assessed_on > day:
        return Verdict.NOT_YET
    return Verdict.EXPIRED if day >= (result.expires_on or OPEN) else None


def _among(counting: Sequence[Result], result: Result, policy: str) -> Verdict:
    """The verdict on one of the results that count, of which the first decides."""
    best = counting[0]
    if result is best:
        return Verdict.DECIDES
    if policy == "latest_verified" and best.verified and not result.verified:
        return Verdict.CLAIMED
    if policy == "highest" and result.level < best.level:
        return Verdict.LOWER
    return Verdict.OLDER if result.assessed_on < best.assessed_on else Verdict.RECORDED_EARLIER
