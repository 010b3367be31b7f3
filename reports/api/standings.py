"""How one person stands, and what decided it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.models import AssessmentResult, Method
from reports.forms.cells import STATES as NAMED_STATES
from reports.queries import JudgedResult, PersonLine, judged_results, measures_of, person_report, sight_of
from reports.queries.counted import Kind, kinds
from reports.standings import State
from reports.verdicts import Verdict
from roles.models import Competency, MatrixVersion, Organisation, Person, Threat

from .asking import caller_of, chosen, day_asked, flag_asked, found
from .base import Api
from .fields import CodeField
from .figures import CellSerializer, MeasuresSerializer
from .filters import keys_of, reading, words_of
from .gaps import PolicyField
from .parameters import AS_OF, CODE, CODES, in_path, words

#: What `state` may hold: the names by which figures are opened, and the state in which nothing is required.
STATES = [*NAMED_STATES, State.NOT_REQUIRED.word]


class DecidingSerializer(serializers.Serializer[Any]):
    """A result, by what may decide."""

    result_id = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=4)
    method = serializers.ChoiceField(choices=Method.values)
    assessed_on = serializers.DateField()
    expires_on = serializers.DateField(allow_null=True)
    assessor = serializers.CharField()
    evidence = serializers.CharField()


@extend_schema_field(words([verdict.value for verdict in Verdict], several=False))
class VerdictField(serializers.CharField):
    """Why a result decides on the day, or why not."""


class JudgedSerializer(DecidingSerializer):
    """A result with why it decides on the day, or why not."""

    verdict = VerdictField()


class StandingSerializer(CellSerializer):
    """How the person stands in a competency, and what decided it; with `why=true` also every result."""

    title = serializers.CharField()
    weight = serializers.IntegerField(min_value=1, max_value=3, allow_null=True)
    result = DecidingSerializer(allow_null=True, help_text="The one that decides; null if none does.")
    results = JudgedSerializer(many=True, required=False)


class StandingsSerializer(serializers.Serializer[Any]):
    """How a person stands on a day, competency by competency; `totals` are over the standings listed."""

    employee_id = CodeField()
    as_of = serializers.DateField(read_only=True)
    matrix_version = CodeField(allow_null=True)
    policy = PolicyField(read_only=True)
    totals = MeasuresSerializer(read_only=True)
    standings = StandingSerializer(many=True, read_only=True)


class PersonStandings(Api):
    """The standings of a person."""

    parameters = frozenset({"as_of", "why", "state", "competency", "threat"})

    @extend_schema(
        operation_id="person_standings",
        summary="The standings of a person",
        parameters=[
            in_path("employee_id", CODE),
            AS_OF,
            OpenApiParameter("why", bool, description="Whether to tell every result, and why it decides or does not."),
            OpenApiParameter("state", words(STATES, several=True), description="Several with commas between them."),
            OpenApiParameter("competency", CODES, description="Several with commas between them."),
            OpenApiParameter("threat", CODES, description="Competencies that counter it; several with commas between."),
        ],
        responses=StandingsSerializer,
        tags=["figures"],
    )
    def get(self, request: Request, employee_id: str) -> Response:
        """How a person stands on a day in each competency, and the result that decided it."""
        as_of = day_asked(request)
        person = found(Person.objects.visible_to(caller_of(request), on=as_of), employee_id=employee_id)
        lines = _asked_for(request, person_report(person=person, as_of=as_of))
        why = None
        if flag_asked(request, "why", default=False):
            why = judged_results(person=person, as_of=as_of, sight=sight_of(person=person, user=caller_of(request)))
        about = {"employee_id": person.employee_id, "as_of": as_of.isoformat(), **_rules(as_of)}
        figures = {"totals": measures_of(lines).as_dict(), "standings": [_line(line, why) for line in lines]}
        return Response(chosen(request, {**about, **figures}))


def _asked_for(request: Request, lines: Sequence[PersonLine]) -> list[PersonLine]:
    """The lines that the filters leave; ValidationError for what is no value of one."""
    left = list(lines)
    asked = request.query_params
    if "state" in asked:
        with reading("state"):
            names = words_of(asked["state"], STATES)
        left = [line for line in left if any(_is(line, name) for name in names)]
    if "competency" in asked:
        with reading("competency"):
            wanted = set(keys_of(Competency.objects.order_by(), asked["competency"], what="competency"))
        left = [line for line in left if line.competency.pk in wanted]
    if "threat" in asked:
        with reading("threat"):
            threats = keys_of(Threat.objects.order_by(), asked["threat"], what="threat")
        countering = set(Competency.objects.filter(threats__in=threats).order_by().values_list("pk", flat=True))
        left = [line for line in left if line.competency.pk in countering]
    return left


def _is(line: PersonLine, name: str) -> bool:
    if name == State.NOT_REQUIRED.word:
        return line.state == State.NOT_REQUIRED
    return Kind(line.state, line.level, line.verified) in kinds(name)


def _rules(as_of: date) -> dict[str, Any]:
    version = MatrixVersion.objects.in_force(on=as_of)
    return {"matrix_version": version.code if version else None, "policy": Organisation.current().evidence_policy}


def _line(line: PersonLine, why: dict[int, list[JudgedResult]] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "competency": line.competency.code,
        "title": line.competency.title,
        "required": line.required,
        "weight": line.weight,
        "level": line.level,
        "verified": line.verified,
        "state": line.state.word,
        "deficit": line.deficit,
        "result": line.result and _result(line.result),
    }
    if why is not None:
        judged = why.get(line.competency.pk, [])
        told["results"] = [{**_result(one.row), "verdict": one.verdict.value} for one in judged]
    return told


def _result(row: AssessmentResult) -> dict[str, Any]:
    return {
        "result_id": row.result_id,
        "level": row.level,
        "method": row.method,
        "assessed_on": row.assessed_on.isoformat(),
        "expires_on": row.expires_on and row.expires_on.isoformat(),
        "assessor": row.assessor,
        "evidence": row.evidence,
    }
