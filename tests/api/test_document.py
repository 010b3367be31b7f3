"""The OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management import call_command

from reports.api import document as module
from reports.api.document import document

from .addresses import patterns
from .conftest import Calling
from .reading import API

#: What has no operation of its own in the document.
LEFT_OUT = {"api_schema", "api_docs", "api_nowhere"}


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_valid_and_complete_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "document.yml"))


def test_every_address_is_in_it() -> None:
    known = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path) for name, path, _ in patterns() if name not in LEFT_OUT}
    assert set(document()["paths"]) == known


def test_every_operation_says_what_it_does_and_what_it_takes() -> None:
    for path, method, operation in operations():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"] != ["api"], where
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "header":
                continue
            schema = parameter["schema"]
            exact = {"enum", "format", "pattern", "maximum", "maxLength", "$ref"} & schema.keys()
            assert exact or schema["type"] == "boolean", (where, parameter["name"])


def test_every_answer_has_a_schema() -> None:
    for path, method, operation in operations():
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                assert content["schema"].get("additionalProperties") is None, (method, path, status, media_type)


def test_operations_are_told_apart_by_their_ids() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    assert {"teams_list", "teams_retrieve", "people_list", "results_list", "team_gaps", "person_standings"} <= set(ids)


def test_who_is_signed_in_gets_it_as_json(calling: Calling) -> None:
    answer = calling("stranger").get(f"{API}schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.1"
    assert calling("signed out").get(f"{API}schema/").status_code == 401


def test_two_who_ask_first_at_the_same_time_both_get_it() -> None:
    module._made.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: document(), range(4)))
    assert all(one is made[0] for one in made)


def test_the_page_allows_no_more_than_images_in_its_stylesheet(client: Any, people: dict[str, Any]) -> None:
    client.force_login(people["stranger"])
    page = client.get(f"{API}docs/")
    assert page.status_code == 200
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert "data:" not in client.get("/find/")["Content-Security-Policy"]
