"""Recording what was assessed, withdrawing what was mistaken, excusing people."""

from .exempting import change_exemption, exempt_people, exempt_person
from .recording import (
    AlreadyWithdrawn,
    ReasonMissing,
    check_result,
    judges_themselves,
    record_once,
    record_results,
    withdraw_result,
    withdraw_results,
    withdraws,
)
from .sending import Recorded, Refusal, ResultsRefused, SentResult, record_sent, refusals

__all__ = [
    "AlreadyWithdrawn",
    "ReasonMissing",
    "Recorded",
    "Refusal",
    "ResultsRefused",
    "SentResult",
    "change_exemption",
    "check_result",
    "exempt_people",
    "exempt_person",
    "judges_themselves",
    "record_once",
    "record_results",
    "record_sent",
    "refusals",
    "withdraw_result",
    "withdraw_results",
    "withdraws",
]
