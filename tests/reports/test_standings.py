"""Each rule of the gap (contract, section 2) by a small history of one person, in days of one month."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from reports.standings import (
    OPEN,
    PersonFacts,
    Requirement,
    Result,
    Rules,
    Standing,
    State,
    Stretch,
    Version,
    standings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANALYST, BUILDER, EVERYONE, UNKNOWN_ROLE = 1, 2, 3, 4
PROMPTS, DATA = 11, 12
RED, BLUE = 21, 22
Span = tuple[int, int | None]


def on(day: int) -> date:
    """A day of the month in which these histories take place."""
    return date(2026, 3, day)


def stretch(what: int, from_on: int = 1, until_on: int | None = None) -> Stretch:
    return Stretch(what, on(from_on), on(until_on) if until_on else None)


def result(
    level: int,
    assessed_on: int,
    expires_on: int | None = None,
    *,
    order: int = 1,
    verified: bool = True,
    withdrawn: bool = False,
    competency: int = PROMPTS,
) -> Result:
    expires = on(expires_on) if expires_on else None
    return Result(order, competency, level, verified, on(assessed_on), expires, withdrawn)


def person(
    *results: Result,
    joined_on: int = 1,
    left_on: int | None = None,
    memberships: Sequence[Stretch] = (stretch(RED),),
    roles: Sequence[Stretch] = (stretch(ANALYST),),
    exemptions: Sequence[Stretch] = (),
) -> PersonFacts:
    """An analyst of team red since the 1st, unless told otherwise."""
    left = on(left_on) if left_on else None
    return PersonFacts(7, on(joined_on), left, memberships, roles, results, exemptions)


def version(effective_from: int, requirements: dict[int, tuple[int, int]], competency: int = PROMPTS) -> Version:
    """A version that asks each role for a level and a weight in one competency."""
    cells = {role: {competency: Requirement(*cell)} for role, cell in requirements.items()}
    return Version(on(effective_from), cells)


def rules(*versions: Version, policy: str = "latest_verified", everyone: int | None = None) -> Rules:
    """By default an analyst has to be at 2 (weight 1) from the 1st on."""
    return Rules(policy, versions or [version(1, {ANALYST: (2, 1)})], everyone)


def days(standing: Standing) -> tuple[int, int | None]:
    """The days of the month on which the standing begins and ends, None for open."""
    return standing.from_on.day, None if standing.until_on == OPEN else standing.until_on.day


def states(found: Iterable[Standing]) -> list[tuple[int, int | None, str]]:
    return [(*days(standing), standing.state.word) for standing in found]


def deciding(found: Iterable[Standing]) -> list[tuple[int, int | None, int | None]]:
    return [(*days(standing), standing.result) for standing in found]


def required(found: Iterable[Standing]) -> list[tuple[int, int | None, int | None, int | None]]:
    return [(*days(standing), standing.required, standing.weight) for standing in found]


# The days on which a person counts (section 1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(person(), [(1, None)], id="from the day of joining on"),
        pytest.param(person(memberships=[]), [], id="never without a team"),
        pytest.param(person(joined_on=5), [(5, None)], id="a membership before joining"),
        pytest.param(person(memberships=[stretch(RED, 5)]), [(5, None)], id="joining before the membership"),
        pytest.param(person(left_on=9), [(1, 9)], id="until the day of leaving"),
        pytest.param(person(memberships=[stretch(RED, 1, 9)]), [(1, 9)], id="until the membership ends"),
        pytest.param(
            person(left_on=9, memberships=[stretch(RED, 1, 5)]), [(1, 5)], id="membership ends before leaving"
        ),
        pytest.param(person(joined_on=9, memberships=[stretch(RED, 1, 9)]), [], id="membership ends on joining"),
        pytest.param(person(left_on=5, memberships=[stretch(RED, 5)]), [], id="membership begins on leaving"),
        pytest.param(person(memberships=[stretch(RED, 5, 5)]), [], id="a void membership"),
        pytest.param(person(left_on=1), [], id="left on the day of joining"),
        pytest.param(
            person(memberships=[stretch(RED, 9), stretch(RED, 2, 5)]), [(2, 5), (9, None)], id="back in the same team"
        ),
    ],
)
def test_the_days_that_count(facts: PersonFacts, expected: list[Span]) -> None:
    assert [days(standing) for standing in standings(facts, rules())] == expected


def test_a_move_between_teams_cuts_a_stretch() -> None:
    facts = person(memberships=[stretch(BLUE, 6), stretch(RED, 1, 6)])
    assert [(standing.team, *days(standing)) for standing in standings(facts, rules())] == [
        (RED, 1, 6),
        (BLUE, 6, None),
    ]


def test_a_membership_renewed_in_the_same_team_cuts_nothing() -> None:
    facts = person(memberships=[stretch(RED, 6), stretch(RED, 1, 6)])
    assert states(standings(facts, rules())) == [(1, None, "not_assessed")]


def test_a_standing_tells_everything_that_holds() -> None:
    facts = person(result(3, assessed_on=4, order=99, verified=False))
    assert standings(facts, rules(version(1, {ANALYST: (2, 3)})))[-1] == Standing(
        person=7,
        competency=PROMPTS,
        team=RED,
        from_on=on(4),
        until_on=OPEN,
        required=2,
        weight=3,
        level=3,
        verified=False,
        state=State.MET,
        result=99,
    )


# 2.1 Required


@pytest.mark.parametrize("roles", [pytest.param([1, 2], id="in order"), pytest.param([2, 1], id="in reverse")])
@pytest.mark.parametrize(
    ("one", "other", "strictest"),
    [
        pytest.param((3, 1), (2, 1), (3, 1), id="the higher level first"),
        pytest.param((2, 1), (3, 1), (3, 1), id="the higher level last"),
        pytest.param((3, 1), (2, 3), (3, 1), id="level before weight, first"),
        pytest.param((2, 3), (3, 1), (3, 1), id="level before weight, last"),
        pytest.param((3, 3), (3, 1), (3, 3), id="the higher weight first"),
        pytest.param((3, 1), (3, 3), (3, 3), id="the higher weight last"),
    ],
)
def test_the_strictest_role_wins(
    one: tuple[int, int], other: tuple[int, int], strictest: tuple[int, int], roles: list[int]
) -> None:
    facts = person(roles=[stretch(role) for role in roles])
    found = standings(facts, rules(version(1, {ANALYST: one, BUILDER: other})))
    assert required(found) == [(1, None, *strictest)]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param([stretch(ANALYST, 3, 8)], [(3, 8)], id="from its first day until its last"),
        pytest.param([stretch(ANALYST, 3)], [(3, None)], id="an open end"),
        pytest.param([stretch(ANALYST, 3, 3)], [], id="void"),
        pytest.param([stretch(ANALYST, 5, 9), stretch(ANALYST, 3, 6)], [(3, 9)], id="the same role twice, overlapping"),
        pytest.param([stretch(ANALYST, 3, 5), stretch(ANALYST, 8)], [(3, 5), (8, None)], id="the same role again"),
        pytest.param([stretch(UNKNOWN_ROLE)], [], id="a role that the matrix does not name"),
        pytest.param([], [], id="no role"),
    ],
)
def test_a_role_asks_while_it_is_held(roles: list[Stretch], expected: list[Span]) -> None:
    assert [days(standing) for standing in standings(person(roles=roles), rules())] == expected


def test_a_second_role_asks_for_more_while_it_lasts() -> None:
    facts = person(roles=[stretch(BUILDER, 5, 9), stretch(ANALYST)])
    found = standings(facts, rules(version(1, {ANALYST: (2, 2), BUILDER: (3, 1)})))
    assert required(found) == [(1, 5, 2, 2), (5, 9, 3, 1), (9, None, 2, 2)]


@pytest.mark.parametrize(
    ("everyone", "roles", "expected"),
    [
        pytest.param(None, [stretch(ANALYST, 5)], [(5, None, 2, 1)], id="switched off"),
        pytest.param(EVERYONE, [stretch(ANALYST, 5)], [(1, 5, 1, 3), (5, None, 2, 1)], id="besides a stricter role"),
        pytest.param(EVERYONE, [], [(1, None, 1, 3)], id="without any role"),
        pytest.param(EVERYONE, [stretch(EVERYONE, 4, 6)], [(1, None, 1, 3)], id="also assigned"),
    ],
)
def test_the_role_that_everyone_holds(
    everyone: int | None, roles: list[Stretch], expected: list[tuple[int, int | None, int, int]]
) -> None:
    matrix = version(1, {ANALYST: (2, 1), EVERYONE: (1, 3)})
    assert required(standings(person(roles=roles), rules(matrix, everyone=everyone))) == expected


@pytest.mark.parametrize("first", [pytest.param(0, id="in order"), pytest.param(1, id="in reverse")])
def test_a_matrix_version_replaces_the_one_before_on_the_day_it_takes_effect(first: int) -> None:
    old, new = version(3, {ANALYST: (2, 3)}), version(6, {ANALYST: (3, 1)})
    found = standings(person(result(2, assessed_on=3)), rules(*([new, old] if first else [old, new])))
    assert required(found) == [(3, 6, 2, 3), (6, None, 3, 1)]
    assert states(found) == [(3, 6, "met"), (6, None, "gap")]


def test_a_matrix_version_is_complete_so_that_what_it_leaves_out_is_no_longer_required() -> None:
    found = standings(person(), rules(version(1, {ANALYST: (2, 1)}), version(6, {ANALYST: (1, 1)}, competency=DATA)))
    assert sorted((standing.competency, *days(standing)) for standing in found) == [(PROMPTS, 1, 6), (DATA, 6, None)]


def test_a_matrix_version_that_asks_for_the_same_cuts_nothing() -> None:
    found = standings(person(), rules(version(1, {ANALYST: (2, 1)}), version(6, {ANALYST: (2, 1)})))
    assert required(found) == [(1, None, 2, 1)]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param([], [], id="nothing is known"),
        pytest.param([result(2, 4)], [(4, None, "not_required")], id="a result"),
        pytest.param([result(2, 4, 8)], [(4, 8, "not_required")], id="a result that expires"),
        pytest.param([result(2, 4, withdrawn=True)], [], id="a withdrawn result"),
    ],
)
def test_what_is_not_required_stands_only_while_a_result_decides(
    results: list[Result], expected: list[tuple[int, int | None, str]]
) -> None:
    exempt = [stretch(PROMPTS)]  # Nothing to be excused from.
    assert states(standings(person(*results, roles=[], exemptions=exempt), rules())) == expected


# 2.2 Level

HISTORY = [
    result(3, assessed_on=2, order=1, verified=False),
    result(2, assessed_on=4, order=2, verified=True),
    result(1, assessed_on=6, order=3, verified=True),
    result(0, assessed_on=8, order=4, verified=False),
]


@pytest.mark.parametrize("step", [pytest.param(1, id="in order"), pytest.param(-1, id="in reverse")])
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("latest_verified", [(2, 4, 1), (4, 6, 2), (6, None, 3)], id="latest verified"),
        pytest.param("latest", [(2, 4, 1), (4, 6, 2), (6, 8, 3), (8, None, 4)], id="latest"),
        pytest.param("highest", [(2, None, 1)], id="highest"),
    ],
)
def test_each_policy_on_the_same_history(policy: str, expected: list[tuple[int, int | None, int]], step: int) -> None:
    facts = person(*HISTORY[::step], roles=[])
    assert deciding(standings(facts, rules(policy=policy))) == expected


@pytest.mark.parametrize("step", [pytest.param(1, id="in order"), pytest.param(-1, id="in reverse")])
@pytest.mark.parametrize(
    ("policy", "one", "other", "decides"),
    [
        pytest.param("latest_verified", result(3, 4), result(1, 4, order=2), 2, id="latest verified, recorded later"),
        pytest.param("latest_verified", result(1, 5), result(3, 4, order=2), 1, id="latest verified, assessed later"),
        pytest.param(
            "latest_verified",
            result(1, 4),
            result(3, 9, order=2, verified=False),
            1,
            id="claimed newer, verified older",
        ),
        pytest.param("latest", result(3, 4), result(1, 4, order=2), 2, id="latest, recorded later"),
        pytest.param("latest", result(1, 5), result(3, 4, order=2), 1, id="latest, assessed later"),
        pytest.param("latest", result(1, 4), result(3, 9, order=2, verified=False), 2, id="latest, claimed or not"),
        pytest.param("highest", result(3, 4), result(3, 4, order=2), 2, id="highest, recorded later"),
        pytest.param("highest", result(3, 5), result(3, 4, order=2), 1, id="highest, assessed later"),
        pytest.param("highest", result(1, 4), result(3, 3, order=2, verified=False), 2, id="highest, claimed or not"),
    ],
)
def test_which_of_two_results_decides(policy: str, one: Result, other: Result, decides: int, step: int) -> None:
    facts = person(*[one, other][::step])
    assert standings(facts, rules(policy=policy))[-1].result == decides


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(KeyError):
        rules(policy="best")


def test_results_decide_in_their_own_competency_alone() -> None:
    facts = person(result(4, assessed_on=2, competency=DATA))
    found = standings(facts, rules())
    assert sorted((standing.competency, *states([standing])) for standing in found) == [
        (PROMPTS, (1, None, "not_assessed")),
        (DATA, (2, None, "not_required")),
    ]


@pytest.mark.parametrize("step", [pytest.param(1, id="in order"), pytest.param(-1, id="in reverse")])
@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(
            [result(1, 2), result(3, 4, 6, order=2)],
            [(1, 2, None), (2, 4, 1), (4, 6, 2), (6, None, 1)],
            id="the older one holds again when the newer one expires",
        ),
        pytest.param(
            [result(1, 2, 9), result(3, 4, 6, order=2)],
            [(1, 2, None), (2, 4, 1), (4, 6, 2), (6, 9, 1), (9, None, None)],
            id="the older one holds again until it expires",
        ),
        pytest.param(
            [result(1, 2, 5), result(3, 4, 6, order=2)],
            [(1, 2, None), (2, 4, 1), (4, 6, 2), (6, None, None)],
            id="the older one has expired behind the newer one",
        ),
        pytest.param(
            [result(1, 2), result(2, 3, 6, order=2), result(3, 4, 6, order=3)],
            [(1, 2, None), (2, 3, 1), (3, 4, 2), (4, 6, 3), (6, None, 1)],
            id="two expire on one day",
        ),
        pytest.param(
            [result(1, 2), result(3, 4, 4, order=2)],
            [(1, 2, None), (2, None, 1)],
            id="expired on the day it was assessed",
        ),
        pytest.param(
            [result(1, 2, 6), result(3, 6, order=2)],
            [(1, 2, None), (2, 6, 1), (6, None, 2)],
            id="assessed anew on the day the old one expires",
        ),
        pytest.param(
            [result(1, 2), result(3, 4, order=2, withdrawn=True)],
            [(1, 2, None), (2, None, 1)],
            id="the newest is withdrawn",
        ),
        pytest.param(
            [result(1, 2), result(3, 4, 6, order=2, verified=False)],
            [(1, 2, None), (2, None, 1)],
            id="a claimed one comes and goes behind a verified one",
        ),
    ],
)
def test_which_result_decides_as_time_passes(
    results: list[Result], expected: list[tuple[int, int | None, int | None]], step: int
) -> None:
    assert deciding(standings(person(*results[::step]), rules())) == expected


def test_a_result_from_before_the_membership_counts_from_its_first_day() -> None:
    facts = person(result(2, assessed_on=1), memberships=[stretch(RED, 5)])
    assert states(standings(facts, rules())) == [(5, None, "met")]


# 2.3 State


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param(None, "not_assessed", id="never assessed"),
        pytest.param(0, "gap", id="assessed at none"),
        pytest.param(1, "gap", id="one level short"),
        pytest.param(2, "met", id="exactly what is required"),
        pytest.param(4, "met", id="above what is required"),
    ],
)
def test_state_of_a_required_competency(level: int | None, expected: str) -> None:
    known = [] if level is None else [result(level, assessed_on=1)]
    (standing,) = standings(person(*known), rules())
    assert (standing.state.word, standing.level) == (expected, level)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param([], [(1, None, "not_assessed")], id="no result"),
        pytest.param(
            [result(3, 4)], [(1, 4, "not_assessed"), (4, None, "met")], id="not assessed before the first result"
        ),
        pytest.param(
            [result(3, 4, 8)],
            [(1, 4, "not_assessed"), (4, 8, "met"), (8, None, "expired")],
            id="forecast to expire on the day of expiry",
        ),
        pytest.param([result(3, 4, 4)], [(1, 4, "not_assessed"), (4, None, "expired")], id="expired from the outset"),
        pytest.param([result(3, 4, 8, withdrawn=True)], [(1, None, "not_assessed")], id="withdrawn is not expired"),
        pytest.param([result(3, 4, withdrawn=True)], [(1, None, "not_assessed")], id="withdrawn does not decide"),
        pytest.param(
            [result(3, 4, 8), result(3, 9, order=2)],
            [(1, 4, "not_assessed"), (4, 8, "met"), (8, 9, "expired"), (9, None, "met")],
            id="assessed again after expiry",
        ),
        pytest.param(
            [result(1, 4), result(1, 6, order=2)],
            [(1, 4, "not_assessed"), (4, 6, "gap"), (6, None, "gap")],
            id="another deciding result at the same level cuts",
        ),
    ],
)
def test_state_as_time_passes(results: list[Result], expected: list[tuple[int, int | None, str]]) -> None:
    assert states(standings(person(*results), rules())) == expected


@pytest.mark.parametrize(
    ("results", "otherwise"),
    [
        pytest.param([], "not_assessed", id="never assessed"),
        pytest.param([result(1, 1)], "gap", id="a gap"),
        pytest.param([result(3, 1)], "met", id="met"),
        pytest.param([result(3, 1, 1)], "expired", id="expired"),
    ],
)
def test_exempt_comes_before_any_other_state(results: list[Result], otherwise: str) -> None:
    facts = person(*results, exemptions=[stretch(PROMPTS, 4, 8)])
    assert states(standings(facts, rules())) == [(1, 4, otherwise), (4, 8, "exempt"), (8, None, otherwise)]


@pytest.mark.parametrize(
    ("exemptions", "expected"),
    [
        pytest.param([stretch(PROMPTS, 4)], [(1, 4, "gap"), (4, None, "exempt")], id="open"),
        pytest.param([stretch(PROMPTS, 4, 4)], [(1, None, "gap")], id="void"),
        pytest.param([stretch(DATA)], [(1, None, "gap")], id="from another competency"),
        pytest.param(
            [stretch(PROMPTS, 6, 9), stretch(PROMPTS, 4, 7)],
            [(1, 4, "gap"), (4, 9, "exempt"), (9, None, "gap")],
            id="overlapping",
        ),
    ],
)
def test_an_exemption_holds_for_its_days(
    exemptions: list[Stretch], expected: list[tuple[int, int | None, str]]
) -> None:
    assert states(standings(person(result(1, 1), exemptions=exemptions), rules())) == expected


def test_an_exempt_standing_still_tells_the_level() -> None:
    (standing,) = standings(person(result(1, 1), exemptions=[stretch(PROMPTS)]), rules())
    assert (standing.required, standing.level, standing.result) == (2, 1, 1)
