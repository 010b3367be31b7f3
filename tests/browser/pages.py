"""Every page there is, with an example of the demo: what test_every_page.py looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import localdate, now

from assessments.models import AssessmentResult, Import
from reports.models import Standing
from reports.publishing import EFFECT
from reports.standings import State
from roles import jobs
from roles.links import make_link
from roles.models import ApiToken, Job, JobState, MatrixVersion, Person, Team, User
from roles.services import Asked, begin_draft, set_requirements
from tests.assessments.sending import sent, uploaded


@dataclass(frozen=True)
class Look:
    """A page and who looks at it; it prints on sheets of A4, some on their long side.

    `address` has the names of `examples` in braces; `press` opens the page's panel first.
    """

    name: str
    address: str
    who: str | None = "manager"
    answer: int = 200
    press: str = ""
    landscape: bool = False

    def __str__(self) -> str:
        return f"{self.address} by {self.who}{' with its panel' * bool(self.press)}"


LOOKS = [
    Look("home", "/"),
    Look("home", "/", "admin"),
    Look("home", "/", "staff"),
    Look("teams", "/teams/", "auditor"),
    Look("matrix", "/matrix/", "staff"),
    Look("competency", "/competencies/{competency}/", "auditor"),
    Look("find", "/find/"),
    Look("find", "/find/?competency={competency}&level=2"),
    Look("team", "/teams/{team}/"),
    Look("team", "/teams/{root}/?as_of={past}", "auditor"),
    Look("team", "/teams/{team}/?as_of={future}", "auditor"),
    Look("team", "/teams/{team}/?as_of=tomorrow", answer=400),
    Look("team_roles", "/teams/{team}/roles/"),
    Look("team_threats", "/teams/{team}/threats/"),
    Look("compare", "/teams/{root}/compare/", "auditor"),
    Look("heatmap", "/teams/{team}/heatmap/", landscape=True),
    Look("heatmap", "/teams/{team}/heatmap/?as_of={past}", landscape=True),
    Look("cells", "/teams/{team}/cells/?state=expired"),
    Look("bench", "/teams/{team}/bench/"),
    Look("record", "/teams/{team}/record/"),
    Look("trend", "/teams/{team}/trend/"),
    Look("forecast", "/teams/{team}/forecast/?as_of={future}"),
    Look("team", "/teams/{empty}/?as_of={before}", "auditor"),
    Look("person", "/people/{person}/"),
    Look("person", "/people/{staff}/", "staff"),
    Look("person", "/people/{staff}/?as_of={past}", "staff"),
    Look("history", "/people/{person}/history/"),
    Look("career", "/people/{person}/career/"),
    Look("why", "/people/{person}/competencies/{competency}/"),
    Look("why", "/people/{person}/", press="table.standings a[data-panel]"),
    Look("withdraw", "/results/{result}/withdraw/"),
    Look("tokens", "/tokens/"),
    Look("tokens", "/tokens/", "admin"),
    Look("revoke_token", "/tokens/{token}/revoke/"),
    Look("index", "/admin/", "admin"),
    Look("index", "/admin/", "auditor"),
    Look("audit", "/admin/audit/", "auditor"),
    Look("job", "/admin/jobs/{computed}/", "admin"),
    Look("person_erase", "/admin/people/{person_key}/erase/", "admin"),
    Look("user_see_as", "/admin/access/users/{account}/see-as/", "admin"),
    Look("user_deactivate", "/admin/access/users/{account}/deactivate/", "admin"),
    Look("set_own_password", "/accounts/own-password/{link}/", None),
    Look("set_own_password", "/accounts/own-password/MQ/0-0/", None),
    Look("matrix_versions", "/admin/matrix/", "admin"),
    Look("matrix_begin", "/admin/matrix/new/", "admin"),
    Look("matrix_version", "/admin/matrix/versions/{draft}/", "admin", landscape=True),
    Look("matrix_version", "/admin/matrix/versions/{draft}/", "auditor", landscape=True),
    Look("matrix_details", "/admin/matrix/versions/{draft}/details/", "admin"),
    Look("matrix_discard", "/admin/matrix/versions/{draft}/discard/", "admin"),
    Look("matrix_compare", "/admin/matrix/compare/?before={version}&after={draft}", "auditor"),
    Look("matrix_effect", "/admin/matrix/versions/{draft}/effect/", "admin"),
    Look("matrix_publish", "/admin/matrix/versions/{draft}/publish/", "admin"),
    Look("matrix_work", "/admin/matrix/work/{computed}/", "admin"),
    Look("matrix_begin", "/admin/matrix/new/", "auditor", answer=403),
    Look("import_upload", "/admin/import/", "admin"),
    Look("import", "/admin/import/{bad_import}/", "admin"),
    Look("import", "/admin/import/{ready_import}/", "admin"),
    Look("import", "/admin/import/{ready_import}/", "auditor"),
    Look("import_changes", "/admin/import/{ready_import}/changes/{imported_file}/", "auditor", landscape=True),
    Look("import_upload", "/admin/import/", "auditor", answer=403),
    Look("account_login", "/accounts/login/", None),
    Look("account_signup", "/accounts/signup/", None),
    Look("account_inactive", "/accounts/inactive/", None),
    Look("account_logout", "/accounts/logout/"),
    Look("account_change_password", "/accounts/password/change/"),
    Look("team", "/teams/NONE/", answer=404),
    Look("record", "/teams/{team}/record/", "auditor", answer=403),
]

#: Names of addresses that are no page to look at, each with the reason; those of the console are in console.py.
NO_PAGES = {
    "held": "a file",
    "health": "plain text for probes",
    "worker_health": "plain text for probes",
    "see_as_stop": "answers POST alone, with a way back",
    "set_language": "answers POST alone, with a way back",
    "account_set_password": "leads to the page that changes the password",
    "account_confirm_login_code": "not here (404)",
    "account_reauthenticate": "not here (404)",
    "account_email": "not here (404)",
    "account_email_verification_sent": "not here (404)",
    "account_confirm_email": "not here (404)",
    "account_reset_password": "not here (404)",
    "account_reset_password_done": "not here (404)",
    "account_reset_password_from_key": "not here (404)",
    "account_reset_password_from_key_done": "not here (404)",
}


def examples() -> dict[str, str]:
    """What stands for the names in braces: the demo's manager's team, somebody in it with a gap, and what made it."""
    today = localdate()
    manager, staff = (User.objects.get(username=name) for name in ("manager", "staff"))
    [team] = manager.managed_teams
    gap = (
        Standing.objects.filter(
            team__path__startswith=team.path, state=State.GAP, from_on__lte=today, until_on__gt=today
        )
        .exclude(person=manager.person_id)
        .select_related("person", "competency")
        .order_by("person__employee_id", "competency__code")
        .first()
    )
    assert gap is not None
    assert staff.person is not None
    result = AssessmentResult.objects.standing().filter(person=gap.person_id).order_by("pk").first()
    assert result is not None
    return {
        "root": Team.objects.get(parent=None).code,
        "team": team.code,
        "empty": team.code,
        "person": gap.person.employee_id,
        "person_key": str(gap.person_id),
        "staff": staff.person.employee_id,
        "competency": gap.competency.code,
        "result": str(result.pk),
        "token": a_token_of(manager).digest,
        **matrix_examples(),
        **import_examples(),
        "account": str(manager.pk),
        "link": make_link(user=staff).removeprefix("/accounts/own-password/").removesuffix("/"),
        "before": "1999-12-31",
        "past": (today - timedelta(days=200)).isoformat(),
        "future": (today + timedelta(days=200)).isoformat(),
    }


def matrix_examples() -> dict[str, str]:
    """The version in force, a draft of it, made if there is none, and a job that has computed what it would change."""
    version = MatrixVersion.objects.in_force(on=localdate())
    assert version is not None
    draft = MatrixVersion.objects.filter(code="example").first() or an_example(version)
    computed = Job.objects.filter(kind=EFFECT).first() or Job.objects.create(
        kind=EFFECT, arguments={"version": draft.pk, "code": draft.code}, state=JobState.DONE, asked_at=now()
    )
    return {"version": version.code, "draft": draft.code, "computed": str(computed.pk)}


def an_example(version: MatrixVersion) -> MatrixVersion:
    """A draft of the next year: some levels raised and lowered, some weights changed, and some cells gone."""
    year = localdate().year + 1
    draft = begin_draft(code="example", effective_from=date(year, 1, 1), based_on=version, note="New threats, new law.")
    cells: dict[tuple[int, int], Asked | None] = {}
    for number, cell in enumerate(draft.requirements.order_by("pk")[:40]):
        level, weight = cell.required_level, cell.weight
        becomes = [Asked(level % 4 + 1, weight), Asked(level, weight % 3 + 1), None][number % 3]
        cells[cell.role_id, cell.competency_id] = becomes
    return set_requirements(draft=draft, cells=cells, revision=0)


def import_examples() -> dict[str, str]:
    """An import that has bad rows, and one that could be done, made if there are none."""
    bad, ready = (Import.objects.filter(state=state).first() or an_import(state) for state in ("bad", "ready"))
    return {"bad_import": str(bad.pk), "ready_import": str(ready.pk), "imported_file": str(ready.files.get().pk)}


def an_import(state: str) -> Import:
    """Files of people, each of whom gets another name, looked at; to be `bad`, two rows in one file are."""
    people = Person.objects.order_by("pk")[:20].values_list("employee_id", "name", "joined_on")
    rows = [f"{employee_id},{name} jr.,,{joined_on},\n" for employee_id, name, joined_on in people]
    if state == "bad":
        rows += ["NEW-1,,somebody,2026-01-01,\n", "NEW-2,Ada,,2026-13-01,\n"]
    file = sent("people.csv", "employee_id,name,email,joined_on,left_on\n" + "".join(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "async_task", lambda *_: None)
        return uploaded(file, by=User.objects.get(username="admin"))


def a_token_of(user: User) -> ApiToken:
    """The user's token, made if they have none."""
    found = ApiToken.tokens.visible_to(user).first()
    made: ApiToken = found or ApiToken.objects.create(user, name="Power BI")[0]
    return made


def session_of(who: str) -> str:
    """The cookie of a session in which one of the demo's accounts is signed in."""
    client = Client()
    client.force_login(User.objects.get(username=who))
    return client.cookies[settings.SESSION_COOKIE_NAME].value
