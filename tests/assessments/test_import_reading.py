"""How files may be written and still mean the same: CSV as programs write it, and spreadsheets."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from assessments.models import AssessmentResult
from roles.models import Person, Team
from tests.organisation import COLUMNS, SMALL, OrganisationFiles, everything, write_sheet

if TYPE_CHECKING:
    from .conftest import Refused

pytestmark = pytest.mark.django_db

TEAMS = "code,name,parent\nORG,Everybody,\nRED,Red team,ORG\n"


@pytest.fixture
def teams(files: OrganisationFiles) -> OrganisationFiles:
    return files.only("teams")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEAMS, id="plain"),
        pytest.param("\ufeff" + TEAMS, id="byte-order mark"),
        pytest.param(TEAMS.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(TEAMS.replace("\n", "\r"), id="old Mac line ends"),
        pytest.param(TEAMS.rstrip("\n"), id="no line end at the end"),
        pytest.param("parent,code,name\n,ORG,Everybody\nORG,RED,Red team\n", id="columns in another order"),
        pytest.param('"code","name","parent"\n"ORG","Everybody",""\n"RED","Red team","ORG"\n', id="everything quoted"),
        pytest.param("\n\n" + TEAMS.replace("\n", "\n\n"), id="blank lines"),
        pytest.param(TEAMS + ",,\n", id="a row of empty cells"),
        pytest.param(TEAMS.replace(",", " , "), id="spaces round the cells"),
        pytest.param("code,name,parent\nRED,Red team,ORG\nORG,Everybody,\n", id="a team before its parent"),
    ],
)
def test_a_csv_file_may_be_written_in_many_ways(teams: OrganisationFiles, content: str) -> None:
    teams.text("teams.csv", content).as_import()
    found = Team.objects.values_list("code", "name", "parent__code")
    assert list(found) == [("ORG", "Everybody", None), ("RED", "Red team", "ORG")]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        pytest.param("ORG,Everybody,\n", 3, id="nothing special"),
        pytest.param('ORG,"Every\nbody\n",\n', 5, id="line breaks in quotes above"),
        pytest.param('ORG,"Every\r\nbody",\r\n', 4, id="Windows line breaks in quotes above"),
        pytest.param("\n\nORG,Everybody,\n\n", 6, id="blank lines above"),
        pytest.param(",,\nORG,Everybody,\n", 4, id="a row of empty cells above"),
    ],
)
def test_a_bad_row_is_named_by_the_line_in_which_it_begins(
    teams: OrganisationFiles, before: str, line: int, refused: Refused
) -> None:
    teams.text("teams.csv", f'code,name,parent\n{before}A/B,"Of two\nlines",ORG\n')
    assert refused(teams) == [f"teams.csv:{line}: code: 'A/B' is not a code; leave out slashes and control characters"]


def test_line_breaks_tabs_and_quotation_marks_of_a_text_are_kept(imported: OrganisationFiles) -> None:
    said = 'Said "yes",\nand\t"no".'
    imported.only().put("results", ("R9", "E1", "C-1", 1, "peer", "2026-03-01", "", "", said)).as_import()
    assert AssessmentResult.objects.get(result_id="R9").evidence == said


def test_an_empty_cell_takes_away_what_was_there(imported: OrganisationFiles) -> None:
    imported.only().put("people", ("E3", "Chi Đặng", "", "2024-01-01", "")).as_import()
    assert Person.objects.get(employee_id="E3").left_on is None


DAYS = {"from", "until", "joined_on", "left_on", "assessed_on", "expires_on", "effective_from"}


def as_typed(name: str) -> list[list[object]]:
    """The small organisation's rows with real dates, as somebody types them into a spreadsheet."""
    return [
        [
            date.fromisoformat(str(cell)) if cell and column in DAYS else cell
            for column, cell in zip(COLUMNS[name], row, strict=True)
        ]
        for row in SMALL[name]
    ]


@pytest.mark.parametrize("first", [1, 3], ids=["from the first row", "from the third row"])
def test_spreadsheets_give_what_csv_files_give(imported: OrganisationFiles, first: int) -> None:
    before = everything()
    for name in SMALL:
        imported.sheet(name, as_typed(name), row=first)
    report = imported.as_import()
    assert [(outcome.file, outcome.unchanged) for outcome in report.outcomes] == [
        (f"{name}.xlsx", len(rows)) for name, rows in SMALL.items()
    ]
    assert everything() == before


def test_an_organisation_of_spreadsheets_alone_comes_in(db: None, files: OrganisationFiles) -> None:
    for name in SMALL:
        files.sheet(name, as_typed(name))
    assert sum(outcome.added for outcome in files.as_import().outcomes) == sum(map(len, SMALL.values()))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param(7, "7", id="a whole number"),
        pytest.param(7.0, "7", id="a whole number with a point"),
        pytest.param(7.5, "7.5", id="a number"),
        pytest.param(True, "true", id="a truth value"),
        pytest.param(date(2026, 3, 1), "2026-03-01", id="a date"),
        pytest.param("7", "7", id="a number written as text"),
    ],
)
def test_a_cell_of_a_spreadsheet_reads_as_somebody_would_have_typed_it(
    teams: OrganisationFiles, cell: object, text: str
) -> None:
    teams.sheet("teams", [["ORG", cell, ""]]).as_import()
    assert Team.objects.get().name == text


@pytest.mark.parametrize("first", [1, 4])
def test_a_bad_row_of_a_spreadsheet_is_named_by_the_number_the_spreadsheet_shows(
    teams: OrganisationFiles, first: int, refused: Refused
) -> None:
    teams.sheet("teams", [["ORG", "Everybody\nand all", ""], [], ["A/B", "Red", "ORG"]], row=first)
    assert refused(teams) == [
        f"teams.xlsx:{first + 3}: code: 'A/B' is not a code; leave out slashes and control characters"
    ]


def test_a_spreadsheet_whose_columns_begin_further_right_is_read(teams: OrganisationFiles) -> None:
    (teams.folder / "teams.csv").unlink()
    write_sheet(teams.folder / "teams.xlsx", [["", "", *COLUMNS["teams"]], ["", "", "ORG", "Everybody", ""]])
    teams.as_import()
    assert Team.objects.get().name == "Everybody"
