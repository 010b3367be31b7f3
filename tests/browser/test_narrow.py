"""What a phone shows stays whole: numbers on one line, fields within the page, tables without a second scroll."""

from __future__ import annotations

from collections.abc import Callable

from roles.models import Role
from tests.browser.pages import an_import
from tests.browser.visitor import Visitor

#: More digits than fit where a number shrinks, before words that need two lines.
PUT_LARGE_NUMBERS = """(numbers) => {
  for (const number of numbers) number.textContent = "1,234,567";
  return numbers.map((number) => number.getBoundingClientRect().height);
}"""


def test_what_to_do_has_its_numbers_on_one_line(comes: Callable[..., Visitor]) -> None:
    visitor = comes(narrow=True)
    visitor.goes_to("/")
    numbers = visitor.page.locator(".todo b")
    one_line = numbers.first.bounding_box()
    heights = numbers.evaluate_all(PUT_LARGE_NUMBERS)
    assert one_line
    assert heights
    assert set(heights) == {one_line["height"]}


def test_fields_of_the_console_end_with_the_page_and_leave_room_below_their_labels(
    comes: Callable[..., Visitor],
) -> None:
    visitor = comes("admin", narrow=True)
    visitor.goes_to(f"/admin/roles/role/{Role.objects.earliest('code').pk}/change/")
    title = visitor.page.locator("h1").bounding_box()
    field = visitor.page.locator("#id_title").bounding_box()
    label = visitor.page.locator("label[for=id_title]")
    assert title is not None
    assert field is not None
    assert field["x"] + field["width"] <= title["x"] + title["width"]
    outline = 5  # px: its width and its distance, in console.css
    words_end = label.evaluate(
        "(label) => { const words = document.createRange(); words.selectNodeContents(label);"
        " return words.getBoundingClientRect().bottom; }"
    )
    assert field["y"] - words_end >= outline - 1


def test_a_list_of_the_console_ends_with_the_page(comes: Callable[..., Visitor]) -> None:
    visitor = comes("admin", narrow=True)
    visitor.goes_to("/admin/roles/role/")
    page, rows = (visitor.page.locator(one).bounding_box() for one in ("#changelist", ".results"))
    assert page is not None
    assert rows is not None
    assert rows["x"] + rows["width"] <= page["x"] + page["width"]


def test_the_files_of_an_import_are_blocks_that_say_what_each_figure_is(comes: Callable[..., Visitor]) -> None:
    visitor = comes("admin", narrow=True)
    visitor.goes_to(f"/admin/import/{an_import('bad').pk}/")
    files = visitor.page.locator(".im-wide:has(.im-files)")
    assert files.evaluate("(box) => box.scrollWidth - box.clientWidth") == 0
    said = [cell.get_attribute("data-label") for cell in files.locator("tbody td.n, tbody td.n ~ td").all()]
    assert said == [head.inner_text() for head in files.locator("thead th").all()][2:]
