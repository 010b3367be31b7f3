"""A cell opens to what made it: every claim it makes is true, and exactly one result decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.models import AssessmentResult
from assessments.services import withdraw_result
from reports.queries import Why, sight_of, why
from reports.standings import PersonFacts, Result, Rules, standings
from reports.templatetags.people import web_address
from reports.verdicts import Verdict, verdicts
from roles.models import (
    Competency,
    CompetencyIndicator,
    EvidencePolicy,
    Organisation,
    Person,
    Role,
    ScaleLevel,
    User,
)
from tests.organisation import OrganisationFiles
from tests.reports import naive
from tests.reports.strategies import COMPETENCIES, DAYS, POLICIES, all_rules, person_facts

from .pages import PAST, having, links, page_of, text, without_token

WHY = "/people/S1/competencies/C-1/"
DAY = date.fromisoformat(PAST)
AT = datetime(2026, 2, 3, 12, tzinfo=UTC)

proved = settings(max_examples=150, deadline=None, derandomize=True, database=None)


# The verdicts.

#: What each verdict claims, of a result, the one that decides, the policy and the day.
CLAIMS: dict[Verdict, Callable[[Result, Result | None, str, date], bool]] = {
    Verdict.DECIDES: lambda r, best, policy, day: r == best,
    Verdict.CLAIMED: lambda r, best, policy, day: (
        best is not None and policy == "latest_verified" and best.verified and not r.verified
    ),
    Verdict.LOWER: lambda r, best, policy, day: best is not None and policy == "highest" and r.level < best.level,
    Verdict.OLDER: lambda r, best, policy, day: (
        best is not None and alike(r, best, policy) and r.assessed_on < best.assessed_on
    ),
    Verdict.RECORDED_EARLIER: lambda r, best, policy, day: (
        best is not None and alike(r, best, policy) and r.assessed_on == best.assessed_on and r.order < best.order
    ),
    Verdict.EXPIRED: lambda r, best, policy, day: (
        not r.withdrawn and r.assessed_on <= day and r.expires_on is not None and r.expires_on <= day
    ),
    Verdict.NOT_YET: lambda r, best, policy, day: not r.withdrawn and day < r.assessed_on,
    Verdict.WITHDRAWN: lambda r, best, policy, day: r.withdrawn,
}


def alike(result: Result, best: Result, policy: str) -> bool:
    """Whether neither beats the other by what the policy asks first."""
    asked_first = {
        "latest_verified": result.verified == best.verified,
        "latest": True,
        "highest": result.level == best.level,
    }
    return asked_first[policy]


def judged(facts: PersonFacts, competency: int, policy: str, day: date) -> list[tuple[Result, Verdict]]:
    own = [result for result in facts.results if result.competency == competency]
    return [(one.result, one.verdict) for one in verdicts(own, policy=policy, day=day)]


@proved
@given(person_facts, st.sampled_from(POLICIES))
def test_every_verdict_claims_the_truth(facts: PersonFacts, policy: str) -> None:
    for competency in COMPETENCIES:
        for day in DAYS:
            best = naive.deciding_on(facts, policy, competency, day)
            found = judged(facts, competency, policy, day)
            assert [(r, v) for r, v in found if not CLAIMS[v](r, best, policy, day)] == []
            assert sorted(r.order for r, _ in found) == sorted(
                r.order for r in facts.results if r.competency == competency
            )


@proved
@given(person_facts, all_rules)
def test_exactly_the_deciding_result_of_a_standing_decides(facts: PersonFacts, rules: Rules) -> None:
    for standing in standings(facts, rules):
        for day in DAYS:
            if standing.from_on <= day < standing.until_on:
                found = judged(facts, standing.competency, rules.policy, day)
                deciding = [result.order for result, verdict in found if verdict == Verdict.DECIDES]
                assert deciding == ([] if standing.result is None else [standing.result])


@proved
@given(person_facts, st.sampled_from(POLICIES), st.sampled_from(DAYS))
def test_what_decides_stands_first_and_what_does_not_count_last(facts: PersonFacts, policy: str, day: date) -> None:
    for competency in COMPETENCIES:
        found = [verdict for _, verdict in judged(facts, competency, policy, day)]
        assert Verdict.DECIDES not in found[1:]
        out = [verdict for verdict in found if verdict in {Verdict.EXPIRED, Verdict.NOT_YET, Verdict.WITHDRAWN}]
        assert found[len(found) - len(out) :] == sorted(out, key=list(Verdict).index)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(KeyError):
        verdicts([], policy="best", day=DAY)


# The page and the panel.


def results_of(page: Any) -> dict[str, str]:
    """What is said of each result, by the class of its verdict."""
    found = {}
    for item in having(page, "li"):
        [name] = [value for key, value in item.attributes if key == "class"] or [""]
        if name and name.startswith("result-"):
            found[name.removeprefix("result-")] = text(item)
    return found


@pytest.fixture
def many_results(organisation: None, files: OrganisationFiles) -> None:
    """A result of S1 in C-1 for every reason not to decide; R1 decides."""
    files.add(
        "results",
        ("OLDER", "S1", "C-1", 2, "exam", "2024-01-20", "", "Institute", "https://example.org/a?b=1&c=<2>"),
        ("CLAIM", "S1", "C-1", 4, "self", "2025-06-01", "", "", "javascript:alert(1)"),
        ("EXPIRED", "S1", "C-1", 4, "practical", "2025-01-01", "2026-01-01", "", ""),
        ("LATER", "S1", "C-1", 1, "exam", "2026-05-01", "", "", ""),
        ("MISTAKE", "S1", "C-1", 4, "exam", "2026-01-01", "", "", ""),
    ).as_import()
    withdraw_result(
        result=AssessmentResult.objects.get(result_id="MISTAKE"),
        by=User.objects.create(username="clerk", first_name="Ada", last_name="Clerk"),
        reason="Wrong <person>",
        at=AT,
    )


def test_every_result_says_why_it_decides_or_not(reader: Any, many_results: None) -> None:
    said = results_of(page_of(reader("manager"), f"{WHY}?as_of={PAST}"))
    assert list(said) == ["decides", "older", "claimed", "expired", "not_yet", "withdrawn"]
    assert "Level 3 Exam, verified Decides: the latest verified result that counts." in said["decides"]
    assert "Older: the result of 1 Feb 2024 is later." in said["older"]
    assert "A claim: the verified result counts before it." in said["claimed"]
    assert "Expired on 1 Jan 2026." in said["expired"]
    assert "Assessed after this day." in said["not_yet"]
    assert "Withdrawn on 3 Feb 2026 by Ada Clerk. Wrong <person>" in said["withdrawn"]
    assert "Assessed on 20 Jan 2024 Expires on never Assessor Institute" in said["older"]


def test_of_two_of_one_day_the_one_recorded_later_decides(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("R9", "S1", "C-1", 1, "exam", "2024-02-01", "", "", "")).as_import()
    said = results_of(page_of(reader("manager"), f"{WHY}?as_of={PAST}"))
    assert list(said) == ["decides", "recorded_earlier"]
    assert said["decides"].startswith("Level 1 Exam")


@pytest.mark.parametrize(
    ("policy", "decides", "words"),
    [
        ("latest", "Level 4 Self-assessment", "Decides: the latest result that counts."),
        ("highest", "Level 4 Self-assessment", "Decides: the highest level that counts."),
        ("latest_verified", "Level 3 Exam", "Decides: the latest verified result that counts."),
    ],
)
def test_the_reasons_follow_the_policy(reader: Any, many_results: None, policy: str, decides: str, words: str) -> None:
    organisation = Organisation.current()
    organisation.evidence_policy = EvidencePolicy(policy)
    organisation.save()
    page = page_of(reader("manager"), f"{WHY}?as_of={PAST}")
    said = results_of(page)
    assert said["decides"].startswith(decides)
    assert words in said["decides"]
    assert ("lower" in said) == (policy == "highest")
    assert f"What counts: {EvidencePolicy(policy).label}." in text(page)


def test_evidence_is_a_link_only_where_it_leads_to_the_web(reader: Any, many_results: None) -> None:
    page = page_of(reader("manager"), f"{WHY}?as_of={PAST}")
    assert "https://example.org/a?b=1&c=<2>" in links(page)
    assert not [address for address in links(page) if address.startswith("javascript")]
    assert "javascript:alert(1)" in text(page)


@pytest.mark.parametrize(
    "evidence",
    ["JavaScript:alert(1)", "data:text/html,x", "ftp://a/", "//example.org/", "http:", "https:///x", "http://[", "/x"],
)
def test_what_is_no_address_on_the_web_is_no_link(evidence: str) -> None:
    assert web_address(evidence) == ""


@pytest.fixture
def three_roles(organisation: None, files: OrganisationFiles) -> None:
    """S1 holds three roles from 2026 on, and everyone a fourth; of two as high the heavier one is the strictest."""
    files.add("roles", ("ALL", "All staff", ""), ("NONE", "Asks nothing", ""))
    files.add(
        "matrix",
        ("v2", "2026-02-01", "ENG", "C-1", 3, 1),
        ("v2", "2026-02-01", "LEAD", "C-1", 3, 2),
        ("v2", "2026-02-01", "ALL", "C-1", 1, 3),
        ("v2", "2026-02-01", "NONE", "C-2", 4, 3),
    )
    files.add("assignments", ("S1", "LEAD", "2026-01-01", "2027-01-01"), ("S1", "NONE", "2026-01-01", "2026-12-01"))
    files.as_import()
    Role.objects.filter(code="ALL").update(held_by_everyone=True)


def sources_of(found: Why) -> list[tuple[str, tuple[int, int] | None, bool]]:
    return [
        (one.role.code, (one.cell.required_level, one.cell.weight) if one.cell else None, one.decides)
        for one in found.sources
    ]


def why_of(employee_id: str, code: str, day: str, reader: str = "administrator") -> Why:
    person, user = Person.objects.get(employee_id=employee_id), User.objects.get(username=reader)
    return why(
        person=person,
        competency=Competency.objects.get(code=code),
        as_of=date.fromisoformat(day),
        sight=sight_of(person=person, user=user),
    )


def test_the_required_level_names_every_role_and_the_strictest(reader: Any, three_roles: None) -> None:
    found = why_of("S1", "C-1", PAST)
    assert sources_of(found) == [
        ("LEAD", (3, 2), True),
        ("ALL", (1, 3), False),
        ("ENG", (3, 1), False),
        ("NONE", None, False),
    ]
    assert found.standing is not None
    assert (found.standing.required, found.standing.weight) == (3, 2)
    shown = text(page_of(reader("manager"), f"{WHY}?as_of={PAST}"))
    assert "By the matrix v2, in force since 1 February 2026." in shown
    assert "Level 3, weight 2 for the role Lead decides Set by the organisation." in shown
    assert "Level 1, weight 3 for the role All staff, which everyone holds" in shown
    assert "Nothing for the role Asks nothing" in shown


def test_roles_and_cells_are_those_of_the_day(reader: Any, three_roles: None) -> None:
    assert sources_of(why_of("S1", "C-1", "2025-12-31")) == [("ENG", (3, 2), True), ("ALL", None, False)]


def test_two_roles_as_strict_both_decide(people: Any, files: OrganisationFiles) -> None:
    files.add("matrix", ("v2", "2026-02-01", "ENG", "C-1", 2, 2), ("v2", "2026-02-01", "LEAD", "C-1", 2, 2))
    files.add("assignments", ("S1", "LEAD", "2026-01-01", "")).as_import()
    assert sources_of(why_of("S1", "C-1", PAST)) == [("ENG", (2, 2), True), ("LEAD", (2, 2), True)]


@pytest.mark.parametrize(
    ("code", "day", "until", "words"),
    [
        pytest.param("C-1", "2026-12-31", "1 January 2027", "The requirement weighs 1 instead of 2.", id="a role ends"),
        pytest.param("C-2", "2026-01-31", "1 February 2026", "Level 4 is required instead of 2.", id="a version"),
        pytest.param("C-2", "2026-11-30", "1 December 2026", "Nothing is required any more.", id="nothing required"),
        pytest.param("C-1", "2027-02-28", "1 March 2027", "An exemption begins.", id="an exemption begins"),
        pytest.param("C-1", "2027-03-01", "1 April 2027", "The exemption ends.", id="an exemption ends"),
        pytest.param("C-1", "2027-04-30", "1 May 2027", "Another result decides.", id="a newer result"),
        pytest.param("C-1", "2499-12-31", "1 January 2500", "The result that decides expires.", id="it expires"),
        pytest.param("C-1", "2599-12-31", "1 January 2600", "moves to another team: Operations.", id="another team"),
    ],
)
def test_it_says_until_when_it_holds_and_what_ends_it(
    reader: Any, three_roles: None, files: OrganisationFiles, code: str, day: str, until: str, words: str
) -> None:
    files.add("exemptions", ("S1", "C-1", "2027-03-01", "2027-04-01", "Leave"))
    files.add("results", ("NEWER", "S1", "C-1", 3, "exam", "2027-05-01", "2500-01-01", "", ""))
    files.add("results", ("NEVER", "S1", "C-1", 1, "self", "2024-05-01", "2027-05-01", "", ""))
    files.change("memberships", 3, until="2600-01-01").add("memberships", ("S1", "OPS", "2600-01-01", "")).as_import()
    found = why_of("S1", code, day) if reader("administrator") else None
    assert found is not None
    assert found.next is not None
    assert len(found.next.changes) == 1
    shown = text(page_of(reader("administrator"), f"/people/S1/competencies/{code}/?as_of={day}"))
    assert f"until {until}." in shown
    assert words in shown


def test_it_says_how_the_person_stands_then(reader: Any) -> None:
    page = page_of(reader("manager"), f"{WHY}?as_of={PAST}")
    assert "So since 1 February 2024, until 1 January 2500." in text(page)
    [then] = having(page, "p", class_="now then")
    assert text(then) == "Then: 3 level 3 has expired, 3 required"


def test_what_never_ends_stays_until_something_is_recorded(reader: Any) -> None:
    shown = text(page_of(reader("manager"), "/people/S1/competencies/C-2/"))
    assert "So since 1 February 2024. It stays so until something new is recorded." in shown


def test_what_expired_shows_the_level_it_was_and_which_result_decided_last(
    reader: Any, files: OrganisationFiles
) -> None:
    files.add("results", ("LAST", "S2", "C-1", 2, "exam", "2024-02-01", "2026-02-01", "", ""))
    files.add("results", ("FIRST", "S2", "C-1", 4, "exam", "2024-03-01", "2026-01-01", "", "")).as_import()
    page = page_of(reader("manager"), f"/people/S2/competencies/C-1/?as_of={PAST}")
    [now] = having(page, "p", class_="now")
    assert text(now) == "2 level 2 has expired, 3 required"
    assert "Expired on 1 Feb 2026; until then it decided." in text(page)
    assert "Expired on 1 Jan 2026." in text(page)


def test_an_exemption_says_why_and_until_when(reader: Any, files: OrganisationFiles) -> None:
    files.add("exemptions", ("S1", "C-1", "2026-01-01", "2026-04-01", "Parental leave"))
    files.add("exemptions", ("S1", "C-2", "2027-01-01", "", "Not in force yet")).as_import()
    client = reader("manager")
    shown = text(page_of(client, f"{WHY}?as_of={PAST}"))
    assert "exempt, 3 would be required" in shown
    assert "Exempt since 1 January 2026 until 1 April 2026: Parental leave" in shown
    assert "Exempt" not in text(page_of(client, f"/people/S1/competencies/C-2/?as_of={PAST}"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/people/I1/competencies/C-1/", "Nothing is required here, and nothing is held."),
        ("/people/S1/competencies/C-3/", "Nothing has been assessed."),
        ("/people/S1/competencies/C-1/?as_of=2023-12-31", "In no team on this day, so nothing counts."),
        ("/people/S1/competencies/C-1/?as_of=2023-12-31", "before the first matrix version takes effect"),
        ("/people/F1/competencies/C-1/", "not assessed, 3 required"),
    ],
)
def test_where_there_is_nothing_it_says_so(reader: Any, address: str, words: str) -> None:
    assert words in text(page_of(reader("administrator"), address))


@pytest.mark.parametrize(
    ("employee_id", "code", "expected"),
    [
        pytest.param("S1", "C-2", [(2, True, True), (3, False, False)], id="held what is required"),
        pytest.param("S2", "C-2", [(1, False, False), (2, False, True), (3, False, False)], id="at level none"),
        pytest.param("F1", "C-2", [(4, True, False)], id="beyond what is required"),
        pytest.param(
            "S2", "C-1", [(1, False, False), (2, False, False), (3, False, True), (4, False, False)], id="never"
        ),
        pytest.param("I1", "C-1", [(1, False, False)], id="nothing required"),
    ],
)
def test_the_levels_go_from_the_one_held_to_one_beyond(
    reader: Any, employee_id: str, code: str, expected: list[tuple[int, bool, bool]]
) -> None:
    competency = Competency.objects.get(code=code)
    ScaleLevel.objects.bulk_create(ScaleLevel(value=value, name=f"Name {value}") for value in range(5))
    CompetencyIndicator.objects.bulk_create(
        CompetencyIndicator(competency=competency, level=level, text=f"Does it at {level}") for level in (1, 2, 3, 4)
    )
    page = page_of(reader("administrator"), f"/people/{employee_id}/competencies/{code}/")
    assert [
        (one.level.value, one.held, one.required) for one in why_of(employee_id, code, localdate().isoformat()).levels
    ] == expected
    [levels] = having(page, "dl", class_="levels")
    assert [text(one) for one in having(levels, "dd")] == [f"Does it at {level}" for level, _, _ in expected]
    assert [text(one) for one in having(levels, "dt")] == [
        f"{level} Name {level}" + " held" * held + " required" * required for level, held, required in expected
    ]


def test_the_future_of_somebody_who_leaves_the_scope_is_not_told(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("HERE", "S3", "C-1", 3, "exam", "2024-02-01", "", "", ""))
    files.add("results", ("THERE", "S3", "C-1", 1, "exam", "2025-06-01", "", "Foreign", "")).as_import()
    address = "/people/S3/competencies/C-1/?as_of=2024-12-31"
    shown = text(page_of(reader("manager"), address))
    assert "From then on the person is in a team that you do not see." in shown
    assert "Foreign" not in shown
    assert "Operations" not in shown
    shown = text(page_of(reader("administrator"), address))
    assert "The person moves to another team: Operations." in shown
    assert "Foreign" in shown


@pytest.mark.parametrize("who", ["administrator", "manager"])
def test_who_leaves_is_in_no_hidden_team(reader: Any, files: OrganisationFiles, who: str) -> None:
    files.change("memberships", 3, until="2026-06-01").as_import()
    shown = text(page_of(reader(who), f"{WHY}?as_of={PAST}"))
    assert "So since 1 February 2024, until 1 June 2026." in shown
    assert "From then on nothing is required and nothing held, or the person no longer counts." in shown


def test_the_panel_shows_the_fragment_and_the_page_the_same(reader: Any, many_results: None) -> None:
    client = reader("manager")
    address = f"{WHY}?as_of={PAST}"
    answer = client.get(address, headers={"HX-Request": "true", "HX-Target": "panel"})
    fragment = parse_html(f"<div>{answer.content.decode()}</div>")
    assert b"<html" not in answer.content
    assert text(having(fragment, "h2", id="panel-title")[0]) == "C-1 Prompts & traps"
    assert having(fragment, "button", data_close="")
    assert results_of(fragment) == results_of(page_of(client, address))
    assert f"/people/S1/?as_of={PAST}" in links(fragment)
    assert address in links(fragment)
    assert "HX-Target" in answer["Vary"]


@pytest.mark.parametrize(
    ("who", "may"), [("administrator", True), ("manager", True), ("auditor", False), ("staff", False)]
)
def test_only_who_records_for_the_team_is_led_to_withdraw(reader: Any, many_results: None, who: str, may: bool) -> None:
    page = page_of(reader(who), f"{WHY}?as_of={PAST}")
    withdrawn = AssessmentResult.objects.get(result_id="MISTAKE").pk
    rows = AssessmentResult.objects.filter(person__employee_id="S1", competency__code="C-1").exclude(pk=withdrawn)
    offered = {address for address in links(page) if address.endswith("/withdraw/")}
    assert offered == ({f"/results/{row.pk}/withdraw/" for row in rows} if may else set())
    assert ("/teams/RED/record/?q=S1&competency=C-1" in links(page)) == may


def test_nobody_is_led_to_withdraw_what_others_judged_of_them(reader: Any, files: OrganisationFiles) -> None:
    files.add("results", ("OWN", "M1", "C-3", 1, "self", "2025-01-01", "", "", ""))
    files.add("results", ("JUDGED", "M1", "C-3", 1, "exam", "2025-01-01", "", "", "")).as_import()
    page = page_of(reader("manager"), f"/people/M1/competencies/C-3/?as_of={PAST}")
    own = AssessmentResult.objects.get(result_id="OWN").pk
    assert {address for address in links(page) if address.endswith("/withdraw/")} == {f"/results/{own}/withdraw/"}


def test_it_takes_as_many_queries_with_many_results_as_with_one(
    reader: Any, files: OrganisationFiles, many_results: None
) -> None:
    files.add(
        "results", *[(f"N{day}", "S1", "C-1", 2, "exam", f"2025-02-{day:02}", "", "", "") for day in range(1, 29)]
    )
    files.as_import()
    client = reader("manager")
    taken = []
    for address in (WHY, "/people/S2/competencies/C-2/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{address}?as_of={PAST}").status_code == 200
        taken.append(len(queries))
    assert taken == [19, 19]


def test_what_is_missing_and_what_is_hidden_look_the_same(reader: Any) -> None:
    client = reader("staff")
    answers = [
        client.get(address)
        for address in (
            "/people/F1/competencies/C-1/",
            "/people/NONE/competencies/C-1/",
            "/people/S1/competencies/NONE/",
        )
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({without_token(answer.content) for answer in answers}) == 1
