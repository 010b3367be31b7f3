"""Every operation of the OpenAPI document, tried by schemathesis: the answers are those that the document promises.

Each operation is tried with whatever its parameters allow and with what they do not, once with things that somebody
else thinks up and once with things that are there, so that real answers are held against the schema too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.config import SchemathesisConfig

from aiskills.wsgi import application
from roles.models import User

from .things import OWN, add_the_rest, things

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: How many requests of each kind an operation is tried with; the same ones in every run. PostgreSQL takes things amiss
#: that SQLite takes.
TRIED = settings(
    max_examples=5 if connection.vendor == "postgresql" else 3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

#: With what a request is refused that the document does not allow: 412 where its `If-Match` is looked at first.
REFUSED = {"checks": {"negative_data_rejection": {"expected-statuses": [400, 404, 406, 412, 413, 415, 422]}}}
SCHEMA = schemathesis.openapi.from_dict(
    SchemaGenerator().get_schema(request=None, public=True), config=SchemathesisConfig.from_dict(REFUSED)
)
SCHEMA.app = application


def operations() -> Iterator[Any]:
    for result in SCHEMA.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # an error in the document ends the tests here
        yield pytest.param(operation, id=operation.label)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """What a request writes is undone with the test, so it goes through the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(people: dict[str, User], token_of: Callable[..., str], settings: Any) -> dict[str, str]:
    """Those of an administrator, who may do everything, as often as they like."""
    add_the_rest()
    settings.API_REQUESTS_A_MINUTE = 10**6
    settings.ALLOWED_HOSTS = ["localhost"]
    return {"Authorization": f"Token {token_of(people['administrator'])}"}


@pytest.mark.parametrize("operation", list(operations()))
def test_the_answers_are_those_of_the_document(operation: Any, headers: dict[str, str]) -> None:
    there = of_what_is_there(operation.path)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        tried(operation.as_strategy(mode), headers)
        # Where nothing but the thing can be said, nothing wrong can be said of it.
        with suppress(Unsatisfiable):
            if there:
                tried(operation.as_strategy(mode, path_parameters=there), headers)


def tried(cases: Any, headers: dict[str, str]) -> None:
    """Send requests, and check every answer. Unsatisfiable if there is nothing to send."""

    @TRIED
    @given(case=cases)
    def send(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()


def of_what_is_there(path: str) -> dict[str, Any]:
    """A thing for each place in an address, such as a team for `teams/{code}/`."""
    known = things(OWN)
    return {place: known[name] for name, place in re.findall(r"([\w-]+)/\{(\w+)\}", path)}
