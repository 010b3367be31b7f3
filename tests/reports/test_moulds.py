"""Parts of pages that are put together once for each language, and addresses that are."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import override_settings
from django.urls import NoReverseMatch, reverse, set_script_prefix
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from reports.templatetags.addresses import address, tabs_of
from roles.codes import CODE_PATTERN

LOADED = "{% load i18n figures moulds %}"


def rendered(template: Template, **context: Any) -> str:
    return template.render(Context(context))


def test_a_mould_reads_as_what_stands_in_it_would() -> None:
    inside = '<a href="{{ where }}&amp;x=100%">{% translate "Gap" %}</a> {{ where }} {{ many }} %(many)s'
    mould = Template(LOADED + "{% mould where=asked.where many=count|number %}" + inside + "{% endmould %}")
    plain = Template(LOADED + inside)
    for language, count in (("en", 1234), ("de", 1234), ("en", 5), ("de", 4321)):
        with override(language):
            asked = {"where": f"/?a=1&b='<{count}>"}
            # In the plain one what is formatted has been formatted before.
            number = Template("{% load figures %}{{ count|number }}").render(Context({"count": count}))
            expected = rendered(plain, where=asked["where"], many=number)
            assert rendered(mould, asked=asked, count=count) == expected
            assert ("Lücke" in expected) == (language == "de")


def test_a_mould_leaves_alone_what_is_already_html() -> None:
    mould = Template(LOADED + "{% mould bar=bar %}<td>{{ bar }}</td>{% endmould %}")
    drawn = Template("{% load figures %}{% sign 'gap' %}").render(Context())
    assert rendered(mould, bar=drawn) == f"<td>{drawn}</td>"
    assert rendered(mould, bar="<b>") == "<td>&lt;b&gt;</td>"


def test_nothing_but_what_it_is_given_gets_into_a_mould() -> None:
    mould = Template(LOADED + "{% mould a=a %}{{ a }}{{ other }}{{ request.path }}{% endmould %}")
    assert rendered(mould, a="x", other="s") == "x"


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [
        pytest.param("{{ a }}{% if a %}yes{% endif %}", "nothing can depend on a value", id="decided by a value"),
        pytest.param("{{ a|yesno }}", "nothing can depend on a value", id="decided in a filter"),
        pytest.param("{{ a|upper }}", "does not write a as it is", id="changed"),
        pytest.param("{{ b }}", "does not write a as it is", id="not written"),
    ],
)
def test_a_mould_refuses_what_would_be_the_same_for_every_value(inside: str, wrong: str) -> None:
    mould = Template(LOADED + "{% mould a=a %}" + inside + "{% endmould %}")
    with pytest.raises(TemplateSyntaxError, match=wrong):
        rendered(mould, a="x")


def test_a_mould_takes_values_by_name_alone() -> None:
    with pytest.raises(TemplateSyntaxError, match="by name alone"):
        Template(LOADED + "{% mould a %}{% endmould %}")


@given(st.from_regex(CODE_PATTERN, fullmatch=True))
def test_an_address_is_that_of_the_url_tag(code: str) -> None:
    assert address("team", code) == reverse("team", args=[code])
    assert address("heatmap", code) == reverse("heatmap", args=[code])


def test_an_address_follows_where_the_site_stands_and_who_answers_there() -> None:
    plain = address("team", "A")
    set_script_prefix("/below/")
    try:
        assert address("team", "A") == "/below" + plain
    finally:
        set_script_prefix("/")
    assert address("team", "A") == plain
    with override_settings(ROOT_URLCONF="tests.reports.test_moulds"), pytest.raises(NoReverseMatch):
        address("team", "A")


#: As a set of addresses, this module has none.
urlpatterns: list[Any] = []


def test_an_address_of_no_page_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        address("no such page", "A")


def test_tabs_lead_on_and_mark_the_one_that_is_shown() -> None:
    found = tabs_of("A&B", [("team", "Over <view>"), ("trend", "Trend")], "trend", "?as_of=2026-01-01")
    assert found == (
        '<li><a href="/teams/A&amp;B/?as_of=2026-01-01">Over &lt;view&gt;</a></li>'
        '<li><a href="/teams/A&amp;B/trend/?as_of=2026-01-01" aria-current="page">Trend</a></li>'
    )
