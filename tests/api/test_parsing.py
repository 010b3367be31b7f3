"""A body is JSON that everything further on can take, or it is refused where it comes in."""

from __future__ import annotations

import pytest
from rest_framework.exceptions import ParseError

from reports.api.parsing import DEEPEST, parsed


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b'[{"level": 3}, null, true, 1.5]', [{"level": 3}, None, True, 1.5], id="all kinds"),
        pytest.param(rb'"\ud83d\ude00"', "\U0001f600", id="a whole surrogate pair"),
        pytest.param('"\u00e9"'.encode(), "\u00e9", id="UTF-8"),
        pytest.param(b"[" * DEEPEST + b"]" * DEEPEST, None, id="as deep as may be"),
    ],
)
def test_what_is_json_is_read(body: bytes, value: object) -> None:
    found = parsed(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b'{"a": 1', "not JSON", id="unfinished"),
        pytest.param(b"[NaN]", "NaN is not a number", id="NaN"),
        pytest.param(b"[-Infinity]", "-Infinity is not a number", id="infinity"),
        pytest.param(b'{"a": 1, "a": 2}', "same name twice", id="a name twice"),
        pytest.param(b"9" * 5_000, "not JSON", id="a huge integer"),
        pytest.param(b"\xff", "not UTF-8", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="beyond the stack"),
        pytest.param(b"[" * 22 + b"]" * 22, "nested too deeply", id="deeper than anything here"),
        pytest.param(rb'["a\u0000"]', "NUL", id="NUL"),
        pytest.param(rb'{"a\u0000": 1}', "NUL", id="NUL in a name"),
        pytest.param(rb'[{"a": ["\udfff"]}]', "surrogate", id="half a pair"),
        pytest.param(rb'{"\ud800": 1}', "surrogate", id="half a pair in a name"),
    ],
)
def test_what_is_not_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        parsed(body)
