"""Random facts and rules within two months, so tight that everything collides with everything else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from reports.standings import PersonFacts, Requirement, Result, Rules, Stretch, Version

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

#: The days on which something happens; a leap day is among them.
WINDOW = [date(2024, 2, 1) + timedelta(days=number) for number in range(60)]
#: Every day worth asking about: the window, a margin on both sides, and the ends of the calendar.
DAYS = [
    date.min,
    *(WINDOW[0] - timedelta(days=number) for number in range(5, 0, -1)),
    *WINDOW,
    *(WINDOW[-1] + timedelta(days=number) for number in range(1, 41)),
    date(2999, 1, 1),
    date.max - timedelta(days=1),
]
COMPETENCIES = (1, 2, 3)
POLICIES = ("latest_verified", "latest", "highest")
ROLES = (1, 2, 3)
TEAMS = (1, 2)

competencies = st.sampled_from(COMPETENCIES)
roles = st.sampled_from([*ROLES, 9])  # 9 is a role that no matrix version names.
teams = st.sampled_from(TEAMS)
# Half of the days are one of four, so that several things often happen on the same one.
days = st.sampled_from(WINDOW) | st.sampled_from(WINDOW[6::15])
early_days = st.sampled_from(WINDOW[:12])
late_days = st.sampled_from(WINDOW[40:])
lengths = st.sampled_from([0, 1, 5, 10, 20, 30, 40]).map(timedelta)


@st.composite
def stretches(draw: DrawFn, whats: SearchStrategy[int], begins: SearchStrategy[date] = days) -> Stretch:
    """A stretch that may be void, and may be open."""
    from_on = draw(begins)
    until_on = draw(st.none() | lengths.map(lambda length: from_on + length))
    return Stretch(draw(whats), from_on, until_on)


@st.composite
def memberships(draw: DrawFn) -> list[Stretch]:
    """Memberships that never overlap: adjacent or with gaps, the last one perhaps open; void ones lie anywhere."""
    stays: list[Stretch] = []
    from_on = draw(early_days)
    for team in draw(st.lists(teams, min_size=1, max_size=4)):
        until_on = from_on + draw(lengths)
        stays.append(Stretch(team, from_on, until_on))
        from_on = until_on + draw(st.just(timedelta()) | lengths)
    if draw(st.booleans()):
        stays[-1] = stays[-1]._replace(until_on=None)
    void = [Stretch(draw(teams), day, day) for day in draw(st.lists(days, max_size=2))]
    return draw(st.permutations(stays + void))


@st.composite
def results(draw: DrawFn) -> list[Result]:
    """Up to eight results, recorded in another order than they were assessed in and listed in yet another."""
    return draw(st.permutations([draw(result(order)) for order in range(draw(st.integers(0, 8)))]))


@st.composite
def result(draw: DrawFn, order: int) -> Result:
    """A result that often shares its competency, level and day with another, so that the last tie-break is reached."""
    assessed_on = draw(days)
    return Result(
        order=order,
        competency=draw(st.sampled_from([1, 1, 1, 2, 3])),
        level=draw(st.sampled_from([0, 1, 2, 2, 2, 3, 4])),
        verified=draw(st.booleans()),
        assessed_on=assessed_on,
        expires_on=draw(st.none() | lengths.map(lambda length: assessed_on + length)),
        withdrawn=draw(st.sampled_from([False, False, False, True])),
    )


person_facts = st.builds(
    PersonFacts,
    person=st.just(7),
    joined_on=early_days,
    left_on=st.none() | late_days | days,
    memberships=memberships(),
    roles=st.lists(stretches(roles, early_days | days), min_size=1, max_size=4),
    results=results(),
    exemptions=st.lists(stretches(competencies), max_size=3),
)


def row(cells: tuple[Requirement | None, ...]) -> dict[int, Requirement]:
    return {competency: cell for competency, cell in zip(COMPETENCIES, cells, strict=True) if cell}


# A quarter of the cells is empty: most roles conflict with one another, and some things are not required.
cells = st.sampled_from([None] * 4 + [Requirement(level, weight) for level in (1, 2, 3, 4) for weight in (1, 2, 3)])
rows = st.tuples(*[cells for _ in COMPETENCIES]).map(row)
versions = st.builds(
    Version,
    # Before anything else happens, in its midst, or after it all.
    effective_from=st.just(date(2020, 1, 1)) | early_days | days | st.just(WINDOW[-1] + timedelta(days=3)),
    requirements=st.fixed_dictionaries(dict.fromkeys(ROLES, rows)),
)
all_rules = st.builds(
    Rules,
    policy=st.sampled_from(POLICIES),
    versions=st.lists(versions, min_size=1, max_size=3, unique_by=lambda version: version.effective_from),
    everyone=st.none() | roles,
)
