"""Every text is translated, and a reader gets the language, the days and the numbers that are theirs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings
from django.template.defaultfilters import date as as_date
from django.test import Client
from django.utils.translation import get_language_info, override

from reports.templatetags.figures import number, percent
from roles.models import Competency, Dimension
from tests import messages
from tests.messages import APPS, LANGUAGES, ROOT
from tests.organisation import OrganisationFiles

each_file = pytest.mark.parametrize(("app", "language"), [(app, language) for app in APPS for language in LANGUAGES])

TEMPLATES = sorted(path for app in APPS for path in (ROOT / app).glob("templates/**/*.html"))

#: What stands in for a value in a text, and what marks a part of it.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}")
TAG = re.compile(r"<[^>]*>")


def texts(catalog: Catalog) -> dict[tuple[str | None, str], Message]:
    """The texts by their context and their words, without the header. Babel does not decode a compiled context."""

    def context(text: Any) -> str | None:
        return text.context.decode() if isinstance(text.context, bytes) else text.context

    return {(context(text), forms(text.id)[0]): text for text in catalog if text.id}


def forms(text: Any) -> list[str]:
    """The forms for one and for many, or the one there is."""
    return [text] if isinstance(text, str) else list(text or [""])


def test_the_languages_that_readers_may_choose_are_the_ones_that_are_kept() -> None:
    assert {code for code, _name in settings.LANGUAGES} == {"en", *LANGUAGES}
    kept = {path.parent.parent.name for app in APPS for path in (ROOT / app).glob("locale/*/*/django.po")}
    assert kept == set(LANGUAGES)


# What the files hold.


@each_file
def test_the_file_has_the_texts_of_the_app_and_no_others(app: str, language: str) -> None:
    said, kept = texts(messages.texts_of(app)), texts(messages.read(app, language))
    assert {"new": sorted(words for _context, words in said.keys() - kept.keys())} == {"new": []}, "make messages"
    assert {"gone": sorted(words for _context, words in kept.keys() - said.keys())} == {"gone": []}, "make messages"
    assert {key: text.id for key, text in said.items()} == {key: text.id for key, text in kept.items()}


@each_file
def test_every_text_is_translated_for_one_and_for_many(app: str, language: str) -> None:
    catalog = messages.read(app, language)
    assert [text.id for text in messages.missing(catalog)] == []
    assert [text.id for text in catalog if text.fuzzy] == []
    for text in texts(catalog).values():
        assert len(forms(text.string)) == (1 if isinstance(text.id, str) else catalog.num_plurals), text.id


@each_file
def test_a_translation_keeps_the_values_and_the_marks_of_its_text(app: str, language: str) -> None:
    for text in texts(messages.read(app, language)).values():
        many = forms(text.id)[-1]
        assert [str(error) for error in text.check()] == []
        assert counted(PLACEHOLDER, forms(text.string)[-1]) == counted(PLACEHOLDER, many), text.string
        for form in forms(text.string):
            # For one, the number may go without saying.
            assert counted(PLACEHOLDER, form) <= counted(PLACEHOLDER, many), form
            assert counted(TAG, form) == counted(TAG, many), form
            assert [form[:1].isspace(), form[-1:].isspace()] == [many[:1].isspace(), many[-1:].isspace()], form


def counted(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(pattern.findall(text))


@each_file
def test_what_is_compiled_is_what_is_written(app: str, language: str) -> None:
    with messages.file_of(app, language, ".mo").open("rb") as file:
        compiled = texts(read_mo(file))
    written = texts(messages.read(app, language))
    assert {key: forms(text.string) for key, text in compiled.items()} == {
        key: forms(text.string) for key, text in written.items()
    }


def test_the_files_are_as_the_command_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {file: file.read_bytes() for app in APPS for file in (ROOT / app).glob("locale/*/*/django.*")}
    catalogs = {(app, language): messages.brought_up_to_date(app, language) for app in APPS for language in LANGUAGES}
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    for (app, language), catalog in catalogs.items():
        messages.write(catalog, app, language)
    assert {tmp_path / file.relative_to(ROOT): content for file, content in kept.items()} == {
        file: file.read_bytes() for file in tmp_path.glob("*/locale/*/*/django.*")
    }


# What the templates say.


NOT_SAID = re.compile(
    r"""{%\s*block[ ]bodyclass\s*%}.*?{%\s*endblock
      | {%\s*blocktranslate.*?endblocktranslate\s*%} | {%.*?%} | {{.*?}} | {\#.*?\#}
      | <(pre|code|script|svg)\b.*?</\1> | &\w+; | <!doctype[ ]html>""",
    re.VERBOSE | re.DOTALL,
)
SAYING_ATTRIBUTE = re.compile(r'\b(?:alt|aria-label|aria-description|data-label|label|placeholder|title)="([^"]*)"')


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_no_word_that_is_not_translated(template: Path) -> None:
    shown = NOT_SAID.sub(" ", template.read_text(encoding="utf-8"))
    said = [*SAYING_ATTRIBUTE.findall(shown), TAG.sub(" ", shown)]
    assert re.findall(r"[^\W\d_]{2,}", " ".join(said).replace("aiskills", "")) == []


# What a reader gets.


def page(client: Client, asked: str) -> str:
    return client.get("/accounts/login/", headers={"accept-language": asked}).content.decode()


@pytest.mark.parametrize(
    ("asked", "language"),
    [("de", "de"), ("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr,de;q=0.5", "de"), ("en-GB", "en"), ("fr", "en"), ("", "en")],
)
def test_a_reader_gets_the_language_that_their_browser_asks_for(
    client: Client, db: None, asked: str, language: str
) -> None:
    response = client.get("/accounts/login/", headers={"accept-language": asked})
    assert f'<html lang="{language}" dir="ltr">' in response.content.decode()
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]
    assert ("Anmelden" in response.content.decode()) == (language == "de")


def choose(client: Client, language: str, came_from: str = "", **sent: str) -> Any:
    headers = {"referer": came_from} if came_from else {}
    return client.post("/language/", {"language": language, **sent}, headers=headers)


def test_a_reader_chooses_another_language_and_comes_back_to_the_page(client: Client, db: None) -> None:
    response = choose(client, "de", "http://testserver/accounts/login/?next=/teams/SEC/")
    assert response.status_code == 302
    assert response["Location"] == "http://testserver/accounts/login/?next=/teams/SEC/"
    assert '<html lang="de"' in page(client, "en")
    choose(client, "en", "http://testserver/accounts/login/")
    assert '<html lang="en"' in page(client, "de")


def test_the_choice_is_kept_in_a_cookie_that_scripts_do_not_read(client: Client, db: None) -> None:
    cookie = choose(client, "de").cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("came_from", "sent"),
    [
        ("https://elsewhere.example/", {}),
        ("", {"next": "https://elsewhere.example/"}),
        ("", {"next": "//elsewhere.example/"}),
        ("", {"next": "javascript:alert(1)"}),
        ("", {}),
    ],
)
def test_choosing_a_language_leads_to_no_other_site(
    client: Client, db: None, came_from: str, sent: dict[str, str]
) -> None:
    assert choose(client, "de", came_from, **sent)["Location"] == "/"


def test_a_language_that_there_is_not_changes_nothing(client: Client, db: None) -> None:
    choose(client, "xx")
    assert '<html lang="en"' in page(client, "en")


def test_a_choice_from_elsewhere_is_refused(db: None) -> None:
    assert choose(Client(enforce_csrf_checks=True), "de").status_code == 403


def test_the_footer_names_each_language_in_itself(client: Client, db: None) -> None:
    for shown in (page(client, "en"), page(client, "de")):
        for code, _name in settings.LANGUAGES:
            name = get_language_info(code)["name_local"].capitalize()
            assert re.search(rf'<button name="language" value="{code}" lang="{code}"[^>]*>{name}</button>', shown)
    assert 'value="de" lang="de" aria-current="true"' in page(client, "de")


@pytest.mark.parametrize(
    ("language", "long", "short", "thousands", "share"),
    [
        ("en", "1 March 2026", "1 Mar 2026", "1,234,567", "45%"),
        ("de", "1. März 2026", "1. März 2026", "1.234.567", "45\N{NO-BREAK SPACE}%"),
    ],
)
def test_days_and_numbers_are_written_as_in_the_language(
    language: str, long: str, short: str, thousands: str, share: str
) -> None:
    with override(language):
        assert as_date(date(2026, 3, 1)) == long
        assert as_date(date(2026, 3, 1), "SHORT_DATE_FORMAT") == short
        assert number(1234567) == thousands
        assert percent(0.45) == share
        assert percent(0.9999).replace("\N{NO-BREAK SPACE}", "") == ">99%"


def test_files_are_written_in_no_language_but_the_contracts(db: None, tmp_path: Path) -> None:
    with override("de"):
        assert str(Dimension.RISK.label) != "Risk awareness"
        OrganisationFiles(tmp_path).small().as_import()
    assert Competency.objects.get(code="C-2").dimension == Dimension.RISK
