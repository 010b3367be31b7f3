"""Why a cell is as it is, in whole sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import AssessmentResult
from reports.models import Standing
from reports.queries import Change, Why
from reports.verdicts import Verdict
from roles.models import EvidencePolicy, Origin, User

#: Where something that is shipped comes from.
ORIGINS = {
    Origin.ARTICLE: _("From the article"),
    Origin.PROPOSAL: _("Proposed with aiskills"),
    Origin.ORGANISATION: _("Set by the organisation"),
}


def verdict_words(row: AssessmentResult, verdict: Verdict, why: Why) -> str:
    """Why the result decides the cell, or why not, in a sentence that is true by the policy in force."""
    best = why.deciding
    words: dict[Verdict, Any] = {
        Verdict.DECIDES: _decides(row, why.policy),
        Verdict.CLAIMED: _("A claim: the verified result counts before it."),
        Verdict.LOWER: _("Lower: by the policy the highest level decides."),
        Verdict.OLDER: _("Older: the result of %(best)s is later."),
        Verdict.RECORDED_EARLIER: _("Recorded earlier: of two results of one day the one recorded later decides."),
        Verdict.EXPIRED: _("Expired on %(expires)s; until then it decided.")
        if row == why.lapsed
        else _("Expired on %(expires)s."),
        Verdict.NOT_YET: _("Assessed after this day."),
        Verdict.WITHDRAWN: _withdrawn(row),
    }
    return str(words[verdict]) % {
        "best": best and short(best.assessed_on),
        "expires": row.expires_on and short(row.expires_on),
        "withdrawn": row.withdrawn_at and short(localtime(row.withdrawn_at).date()),
        "by": row.withdrawn_by and name_of(row.withdrawn_by),
    }


def _decides(row: AssessmentResult, policy: EvidencePolicy) -> str:
    if policy == EvidencePolicy.HIGHEST:
        return gettext("Decides: the highest level that counts.")
    if policy == EvidencePolicy.LATEST:
        return gettext("Decides: the latest result that counts.")
    if row.verified:
        return gettext("Decides: the latest verified result that counts.")
    return gettext("Decides: the latest claim; no verified result counts.")


def _withdrawn(row: AssessmentResult) -> str:
    if row.withdrawn_by is None:
        return gettext("Withdrawn on %(withdrawn)s.")
    return gettext("Withdrawn on %(withdrawn)s by %(by)s.")


def change_words(change: Change, now: Standing, then: Standing) -> str:
    """What ends a standing, in a sentence."""
    if change == Change.REQUIREMENT:
        return _requirement_words(now, then)
    words = {
        Change.MOVES: _("The person moves to another team: %(team)s."),
        Change.EXEMPTION_BEGINS: _("An exemption begins."),
        Change.EXEMPTION_ENDS: _("The exemption ends."),
        Change.RESULT_EXPIRES: _("The result that decides expires."),
        Change.OTHER_RESULT: _("Another result decides."),
    }
    return str(words[change]) % {"team": then.team.name}


def _requirement_words(now: Standing, then: Standing) -> str:
    if then.required is None:
        return gettext("Nothing is required any more.")
    if now.required is None:
        return gettext("Level %(then)s is required.") % {"then": then.required}
    if now.required == then.required:
        return gettext("The requirement weighs %(then)s instead of %(now)s.") % {"now": now.weight, "then": then.weight}
    return gettext("Level %(then)s is required instead of %(now)s.") % {"now": now.required, "then": then.required}


def name_of(user: User) -> str:
    """What a user is called: their full name, or the name that they sign in with."""
    return user.get_full_name() or user.get_username()


def short(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
