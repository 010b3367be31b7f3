"""Recording many results that a program sent: by codes, all or none, everything that is wrong told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from assessments.models import AssessmentResult, new_result_id
from roles.bulk import insert_rows, select_rows
from roles.facts import announce, announced_together
from roles.models import Competency, Person, User
from roles.trail import one_event

from .recording import judges_themselves


class SentResult(NamedTuple):
    """A result as it was sent, each part of it understood; without a `result_id` it is given one."""

    result_id: str
    employee_id: str
    competency: str
    level: int
    method: str
    assessed_on: date
    expires_on: date | None
    assessor: str
    evidence: str


class Refusal(NamedTuple):
    """What is wrong with one of the results: its number in the list, from 0, and where in it."""

    number: int
    field: str
    code: str
    words: str


class ResultsRefused(Exception):
    """Some of the results cannot be recorded, so none was."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(f"{len(refusals)} things are wrong.")
        self.refusals = list(refusals)


class Recorded(NamedTuple):
    """The ids of the results in the order in which they were sent, and how many of them were on record before."""

    result_ids: list[str]
    before: int


class _Row(NamedTuple):
    """A result with keys in place of codes, in the order of COLUMNS."""

    result_id: str
    person_id: int
    competency_id: int
    level: int
    method: str
    assessed_on: date
    expires_on: date | None
    assessor: str
    evidence: str


_COLUMNS = list(_Row._fields)
_BESIDE = ["recorded_at", "recorded_by_id", "withdrawn_reason"]


class _Known(NamedTuple):
    """Keys by code of those for whom the sender records and of the competencies; and whom the sender sees besides."""

    people: dict[str, int]
    competencies: dict[str, int]
    seen: set[str]


def record_sent(*, results: Sequence[SentResult], by: User, at: datetime, today: date) -> Recorded:
    """Record the results, all or none, in the given order; of two of one day the later in the order decides.

    One whose `result_id` is on record with the same content changes nothing. Seven queries at most beside those of the
    standings. Raises ResultsRefused, naming everything that is wrong (`refusals`).
    """
    with one_event("results.recorded", by=by) as told, announced_together():
        known = _known(results, by, today)
        while True:
            refused, new = _checked(dict(enumerate(results)), known, by, today)
            if refused:
                raise ResultsRefused(refused)
            if _inserted([*new.values()], by, at):
                break
        told.new(AssessmentResult, [*_COLUMNS, *_BESIDE], [row + _beside(by, at) for row in new.values()])
        announce({row.person_id for row in new.values()})
    ids = [new[index].result_id if index in new else one.result_id for index, one in enumerate(results)]
    return Recorded(ids, len(results) - len(new))


def refusals(*, results: Mapping[int, SentResult], by: User, today: date) -> list[Refusal]:
    """What keeps these results, each with its number, from being recorded by this user; five queries at most.

    Who is hidden from the user and who does not exist are refused in the same words. What others found about the user
    themselves is not theirs to record.
    """
    refused, _ = _checked(results, _known([*results.values()], by, today), by, today)
    return refused


def _known(results: Sequence[SentResult], by: User, today: date) -> _Known:
    people = Person.objects.filter(employee_id__in={one.employee_id for one in results}).order_by()
    recorded = dict(people.recorded_by(by, on=today).values_list("employee_id", "pk"))
    others = people.exclude(employee_id__in=recorded) if len(recorded) < len(results) else people.none()
    seen = others.visible_to(by, on=today).values_list("employee_id", flat=True)
    codes = {one.competency for one in results}
    competencies = Competency.objects.filter(code__in=codes).order_by().values_list("code", "pk")
    return _Known(recorded, dict(competencies), set(seen))


def _checked(
    results: Mapping[int, SentResult], known: _Known, by: User, today: date
) -> tuple[list[Refusal], dict[int, _Row]]:
    """What is wrong with the results, and those that are not on record yet, by their numbers."""
    refused: list[Refusal] = []
    rows: dict[int, _Row] = {}
    for index, one in results.items():
        wrong = [Refusal(index, *what) for what in _unknown(one, known)]
        if not wrong:
            row = _Row(one.result_id, known.people[one.employee_id], known.competencies[one.competency], *one[3:])
            wrong = [Refusal(index, *what) for what in _invalid(row, by, today)]
            rows[index] = row
        refused += wrong
    refused += _repeated(results)
    stored = _stored([row.result_id for row in rows.values() if row.result_id])
    new = {index: row for index, row in rows.items() if row.result_id not in stored}
    refused += [
        Refusal(index, "result_id", "conflict", _OTHER_CONTENT.format(row.result_id))
        for index, row in rows.items()
        if index not in new and row[: len(stored[row.result_id])] != stored[row.result_id]
    ]
    named = {index: row if row.result_id else row._replace(result_id=new_result_id()) for index, row in new.items()}
    return sorted(refused), named


_OTHER_CONTENT = "{!r} is on record with other content. Withdraw that, and send this with a new result_id."


def _unknown(one: SentResult, known: _Known) -> Iterator[tuple[str, str, str]]:
    if one.employee_id in known.seen:
        yield "employee_id", "forbidden", f"You may see {one.employee_id!r}, but not record results for them."
    elif one.employee_id not in known.people:
        yield "employee_id", "unknown", f"There is nobody {one.employee_id!r}, or they are not yours to see."
    if one.competency not in known.competencies:
        yield "competency", "unknown", f"There is no competency {one.competency!r}."


def _invalid(row: _Row, by: User, today: date) -> Iterator[tuple[str, str, str]]:
    if judges_themselves(row, by=by):
        yield "method", "forbidden", "Nobody verifies themselves: about yourself you can record a self-assessment only."
    if row.assessed_on > today:
        yield "assessed_on", "invalid", f"{row.assessed_on} is after today. Results are recorded once they are there."
    if row.expires_on is not None and row.expires_on < row.assessed_on:
        yield "expires_on", "invalid", f"{row.expires_on} is before it was assessed, on {row.assessed_on}."


def _repeated(results: Mapping[int, SentResult]) -> Iterator[Refusal]:
    first: dict[str, int] = {}
    for index, one in results.items():
        if one.result_id and first.setdefault(one.result_id, index) != index:
            words = f"{one.result_id!r} is that of number {first[one.result_id]} already."
            yield Refusal(index, "result_id", "conflict", words)


def _stored(result_ids: list[str]) -> dict[str, tuple[Any, ...]]:
    """What is on record under these ids, in the order of a row; the words, its end, are missing where they are gone."""
    if not result_ids:
        return {}
    rows = select_rows(AssessmentResult, [*_COLUMNS, "pseudonymised_at"], where="result_id", among=result_ids)
    words = _Row._fields.index("assessor")
    return {row[0]: tuple(row[:words] if row[-1] else row[:-1]) for row in rows}


def _beside(by: User, at: datetime) -> tuple[datetime, int, str]:
    return at, by.pk, ""


def _inserted(rows: list[_Row], by: User, at: datetime) -> bool:
    """Whether the rows are recorded now; not if somebody has recorded one of them meanwhile."""
    beside = _beside(by, at)
    try:
        with transaction.atomic():
            insert_rows(AssessmentResult, [*_COLUMNS, *_BESIDE], (row + beside for row in rows))
    except IntegrityError:
        if not _stored([row.result_id for row in rows]):
            raise
        return False
    return True
