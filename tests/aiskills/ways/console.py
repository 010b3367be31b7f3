"""Writing in the console: the form of every model, what is done to many rows, and the pages of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.urls import reverse

from assessments.models import AssessmentResult, Exemption
from assessments.services.uploads import COMMIT, PREVIEW
from reports.publishing import EFFECT, PUBLISH
from roles.models import (
    ApiToken,
    Competency,
    Deputy,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    ScaleLevel,
    Team,
    TeamManager,
    Threat,
    User,
)
from roles.services import begin_draft
from roles.verifying import VERIFY
from tests.console.sending import address, does, sends

from .way import BAD, NEW, Way, World, assignment, exemption, people_sent, person, result, stay, version

Make = Callable[[World], Any]
Sent = dict[str, object]

START = "2026-01-01"
PERSON: Sent = {"employee_id": "N1", "name": "New", "email": "", "joined_on": START, "left_on": ""}
ROLE: Sent = {"code": "NEW", "title": "New", "family": "", "who": ""}
COMPETENCY: Sent = {"code": "C-9", "title": "New", "family": "", "dimension": "", "summary": ""}
#: What a form sends for the rows below a row, where there are none.
NONE_BELOW: Sent = {
    f"{of}-{what}_FORMS": "0" for of in ("stages", "indicators", "references") for what in ("TOTAL", "INITIAL")
}


def _added(model: type[Model], values: Callable[[], Sent], action: str, subject: str) -> Way:
    def do(world: World, _: Any) -> None:
        problems = sends(world.console, model, **{**NONE_BELOW, **values()})
        assert problems == [], problems

    return Way(f"console {_name(model, 'add')}", do, action, subject)


def _changed(model: type[Model], row: Callable[[], Any], values: Callable[[], Sent], action: str, subject: str) -> Way:
    def do(world: World, _: Any) -> None:
        problems = sends(world.console, model, row(), **{**NONE_BELOW, **values()})
        assert problems == [], problems

    return Way(f"console {_name(model, 'change')}", do, action, subject)


def _removed(model: type[Model], row: Make, action: str, subject: str) -> Way:
    def do(world: World, made: Any) -> None:
        assert world.console.post(address(model, "delete", made.pk), {"post": "yes"}).status_code == 302

    return Way(f"console {_name(model, 'delete')}", do, action, subject, prepare=row)


def _to_many(model: type[Model], what: str, rows: Callable[[], list[Any]], values: Callable[[], Sent], act: str) -> Way:
    def do(world: World, _: Any) -> None:
        problems = does(world.console, model, what, rows(), **values())
        assert problems == [], problems

    return Way(f"action {model._meta.label_lower} {what}", do, act)


def _name(model: type[Model], what: str) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_{what}"


def _key(model: Any, **by: str) -> int:
    return int(model._default_manager.get(**by).pk)


def _user(_: World, **rights: Any) -> User:
    return User.objects.create(username="somebody", **rights)


def _added_user(world: World, _: Any) -> None:
    answer = world.console.post(address(User, "add"), {"username": "n1", "email": "", "person": person("S2").pk})
    # The link with which the owner sets a password.
    assert answer.status_code == 201


MODELS = [
    _added(Person, lambda: PERSON, "person.added", "N1"),
    _changed(Person, lambda: person("S1"), lambda: {**PERSON, "name": "Other"}, "person.changed", "S1"),
    _added(Team, lambda: {"code": "NEW", "name": "New", "parent": _key(Team, code="OPS")}, "team.added", "NEW"),
    # A name and a place at once.
    _changed(
        Team,
        lambda: Team.objects.get(code="RED"),
        lambda: {"name": "Other", "parent": _key(Team, code="OPS")},
        "team.renamed",
        "RED",
    ),
    _removed(Team, lambda _: Team.objects.get(code="VOID"), "team.removed", "VOID"),
    _added(
        Membership,
        lambda: {
            "person": person("S3").pk,
            "team": _key(Team, code="RED"),
            "from_on": "2023-01-01",
            "until_on": "2024-01-01",
        },
        "person.placed",
        "S3 2023-01-01",
    ),
    _changed(Membership, lambda: stay("S1"), lambda: {"until_on": START}, "membership.ended", "S1 2024-01-01"),
    _added(
        RoleAssignment,
        lambda: {"person": person("S1").pk, "role": _key(Role, code="LEAD"), "from_on": START, "until_on": ""},
        "role.assigned",
        "S1 LEAD 2026-01-01",
    ),
    _changed(
        RoleAssignment, lambda: assignment("S1"), lambda: {"until_on": START}, "assignment.ended", "S1 ENG 2024-01-01"
    ),
    _added(
        Exemption,
        lambda: {
            "person": person("S1").pk,
            "competency": _key(Competency, code="C-1"),
            "from_on": START,
            "until_on": "",
            "reason": "Leave",
        },
        "person.exempted",
        "S1 C-1 2026-01-01",
    ),
    _changed(
        Exemption,
        lambda: exemption("S2"),
        lambda: {"until_on": "", "reason": "Other"},
        "exemption.changed",
        "S2 C-3 2024-01-01",
    ),
    _added(
        AssessmentResult,
        lambda: {
            "person": person("S1").pk,
            "competency": _key(Competency, code="C-1"),
            "level": "1",
            "method": "exam",
            "assessed_on": START,
            "expires_on": "",
            "assessor": "",
            "evidence": "",
        },
        "results.recorded",
        "*",
    ),
    _added(Role, lambda: ROLE, "role.added", "NEW"),
    _changed(Role, lambda: Role.objects.get(code="ENG"), lambda: ROLE, "role.changed", "ENG"),
    _removed(Role, lambda _: Role.objects.create(code="NEW", title="New"), "role.removed", "NEW"),
    _added(RoleFamily, lambda: {"code": "NEW", "title": "New"}, "rolefamily.added", "NEW"),
    _changed(
        RoleFamily, lambda: RoleFamily.objects.get(code="FAM"), lambda: {"title": "Other"}, "rolefamily.changed", "FAM"
    ),
    _removed(RoleFamily, lambda _: RoleFamily.objects.get(code="FAM"), "rolefamily.removed", "FAM"),
    # Its threats and the rows below it are parts of the one event.
    _added(
        Competency,
        lambda: {
            **COMPETENCY,
            "threats": [_key(Threat, code="T-1")],
            "stages-TOTAL_FORMS": "1",
            "stages-0-stage": "design",
        },
        "competency.added",
        "C-9",
    ),
    _changed(
        Competency,
        lambda: Competency.objects.get(code="C-1"),
        lambda: {
            **COMPETENCY,
            "threats": [],
            "indicators-TOTAL_FORMS": "1",
            "indicators-0-level": "2",
            "indicators-0-text": "Does it",
        },
        "competency.changed",
        "C-1",
    ),
    _removed(Competency, lambda _: Competency.objects.create(code="C-9", title="New"), "competency.removed", "C-9"),
    _added(
        Threat,
        lambda: {
            "code": "T-9",
            "title": "New",
            "note": "",
            "references-TOTAL_FORMS": "1",
            "references-0-framework": "ATLAS",
            "references-0-identifier": "1",
            "references-0-title": "One",
        },
        "threat.added",
        "T-9",
    ),
    _changed(
        Threat, lambda: Threat.objects.get(code="T-1"), lambda: {"title": "Other", "note": ""}, "threat.changed", "T-1"
    ),
    # That it is gone from the competency that countered it is a part of it.
    _removed(Threat, lambda _: Threat.objects.get(code="T-1"), "threat.removed", "T-1"),
    _changed(
        ScaleLevel,
        lambda: ScaleLevel.objects.get(value=1),
        lambda: {"name": "Aware", "summary": "Other", "assessor_test": "", "supervision": "", "typical_evidence": "A"},
        "scalelevel.changed",
        "1",
    ),
    _changed(
        Organisation,
        Organisation.current,
        lambda: {"evidence_policy": "latest", "role_of_everyone": _key(Role, code="IDLE"), "sure": "on"},
        "rules.set",
        "*",
    ),
    _added(
        TeamManager,
        lambda: {"person": person("F1").pk, "team": _key(Team, code="OPS")},
        "manager.named",
        "OPS F1",
    ),
    _removed(TeamManager, lambda _: TeamManager.objects.get(), "manager.removed", "SEC M1"),
    _added(
        Deputy,
        lambda: {"manager": person("M1").pk, "person": person("S1").pk, "from_on": START, "until_on": "2026-02-01"},
        "deputy.named",
        "M1 S1 2026-01-01",
    ),
    _changed(Deputy, Deputy.objects.get, lambda: {"until_on": START}, "deputy.changed", "M1 S2 2024-01-01"),
    Way("console roles_user_add", _added_user, "user.added", "n1"),
    _changed(
        User,
        lambda: User.objects.get(username="stranger"),
        lambda: {"username": "stranger", "email": "", "person": "", "is_auditor": "on"},
        "user.changed",
        "stranger",
    ),
    _removed(
        ApiToken, lambda world: ApiToken.objects.filter(user=world.cast["manager"]).get(), "token.revoked", "manager BI"
    ),
]

MANY = [
    _to_many(
        Person,
        "place",
        lambda: [person("S1"), person("S2")],
        lambda: {"team": _key(Team, code="OPS"), "from_on": START},
        "people.placed",
    ),
    _to_many(
        Person,
        "assign",
        lambda: [person("S1"), person("S2")],
        lambda: {"role": _key(Role, code="LEAD"), "from_on": START, "until_on": ""},
        "roles.assigned",
    ),
    _to_many(
        Person,
        "exempt",
        lambda: [person("S1"), person("S2")],
        lambda: {"competency": _key(Competency, code="C-1"), "from_on": START, "until_on": "", "reason": "Leave"},
        "people.exempted",
    ),
    _to_many(
        Membership, "end", lambda: [stay("S1"), stay("S2")], lambda: {"until_on": START}, "memberships.ended"
    ),
    _to_many(
        RoleAssignment,
        "end",
        lambda: [assignment("S1"), assignment("S2")],
        lambda: {"until_on": START},
        "assignments.ended",
    ),
    _to_many(
        AssessmentResult, "withdraw", lambda: [result("R1"), result("R3")], lambda: {"reason": "Wrong"},
        "results.withdrawn",
    ),
]  # fmt: skip


def draft(_: World) -> MatrixVersion:
    """v2, which asks for what v1 does."""
    return begin_draft(code="v2", effective_from=date(2027, 1, 1), based_on=version("v1"))


def _page(
    name: str,
    sent: Callable[[Any], Sent],
    action: str,
    subject: str,
    made: Make,
    *,
    status: int = 302,
    asks: str = "",
) -> Way:
    """A page of the console's own; `made` makes what its address names, if anything."""

    def do(world: World, thing: Any) -> None:
        place = getattr(thing, "code", None) if isinstance(thing, MatrixVersion) else getattr(thing, "pk", None)
        where = reverse(f"admin:{name}", args=[] if thing is None else [place])
        answer = world.console.post(where, sent(thing))
        assert answer.status_code == status, answer.status_code

    return Way(f"console {name}", do, action, subject, prepare=made, asks=asks)


def _cell(draft: MatrixVersion) -> Sent:
    cell = draft.requirements.get(role__code="ENG", competency__code="C-1")
    return {"revision": draft.revision, f"{cell.role_id}-{cell.competency_id}": "4"}


def _matrix_file(draft: MatrixVersion) -> Sent:
    text = b"version,effective_from,role,competency,required_level,weight\nv2,2027-01-01,ENG,C-2,1,1\n"
    return {"revision": draft.revision, "file": SimpleUploadedFile("matrix.csv", text)}


PAGES = [
    _page("matrix_begin", lambda _: {"code": "v3", "effective_from": "2028-01-01", "based_on": "v1", "note": ""},
          "draft.begun", "v3", lambda _: None),
    _page("matrix_version", _cell, "draft.changed", "v2", draft),
    _page("matrix_details", lambda made: {"revision": made.revision, "code": "v2", "effective_from": "2028-01-01",
                                          "note": "Later"}, "draft.changed", "v2", draft),
    _page("matrix_upload", _matrix_file, "draft.changed", "v2", draft),
    _page("matrix_discard", lambda made: {"revision": made.revision}, "draft.discarded", "v2", draft),
    _page("user_link", lambda _: {}, "user.link_made", "somebody", _user, status=200),
    _page("user_deactivate", lambda _: {}, "user.deactivated", "somebody", _user),
    _page("user_reactivate", lambda _: {}, "user.reactivated", "somebody",
          lambda world: _user(world, is_active=False)),
    _page("user_see_as", lambda _: {"reason": "Ticket"}, "see_as.begun", "somebody", _user),
    _page("person_held", lambda _: {}, "person.exported", "S2", lambda _: person("S2"), status=200),
    _page("person_erase", lambda _: {"employee_id": "F1", "still_here": "on"}, "person.erased", "*",
          lambda _: person("F1")),
    _page("audit_export", lambda _: {}, "audit.exported", "", lambda _: None, status=200),
]  # fmt: skip

ASKING = [
    _page("matrix_effect", lambda _: {}, "", "", draft, asks=EFFECT),
    _page("matrix_publish", lambda made: {"revision": made.revision}, "", "", draft, asks=PUBLISH),
    _page("audit_verify", lambda _: {}, "", "", lambda _: None, asks=VERIFY),
    _page("import_upload", lambda _: {"files": people_sent(NEW)}, "", "", lambda _: None, asks=PREVIEW),
    _page("import_mend", lambda _: {"files": people_sent(NEW)}, "", "", lambda world: world.import_of(BAD),
          asks=PREVIEW),
    _page("import_preview", lambda _: {}, "", "", lambda world: world.import_of(NEW), asks=PREVIEW),
    _page("import_commit", lambda made: {"digest": made.digest}, "", "", lambda world: world.import_of(NEW),
          asks=COMMIT),
]  # fmt: skip

#: What takes what is sent, and changes nothing that anybody could ask about.
LEFT_OUT = {
    "index": "shows what there is to do, whatever is sent",
    "login": "leads to the sign-in",
    "logout": "leads to the sign-out",
    "password_change": "leads to the page that changes a password",
    "password_change_done": "leads to the first page",
    "app_list": "leads to the first page",
    "view_on_site": "leads to a page of a row, and no row has one",
    "import_discard": "forgets files that nobody has imported; the import itself is an event",
    "roles_organisation_changelist": "leads to the one row",
    "roles_auditevent_changelist": "shows events; there is nothing to do to them",
    "roles_auditevent_change": "shows an event",
    "roles_job_changelist": "shows jobs",
    "roles_job_change": "leads to the job",
    "roles_matrixversion_changelist": "leads to the versions",
    "roles_matrixversion_change": "leads to the version",
    "assessments_import_changelist": "shows imports",
    "assessments_import_add": "leads to where files are sent",
    "assessments_import_change": "leads to the import",
}

WAYS = [*MODELS, *MANY, *PAGES, *ASKING]
