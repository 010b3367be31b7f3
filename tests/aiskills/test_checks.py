"""Slips in the names of variables are told."""

import pytest

from aiskills.checks import known_variables


def test_a_slip_in_a_name_is_told_with_the_name_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISKILLS_ALOWED_HOSTS", "skills.example.org")

    [warning] = known_variables()

    assert "AISKILLS_ALOWED_HOSTS" in warning.msg
    assert warning.hint == "Is AISKILLS_ALLOWED_HOSTS meant?"


def test_known_variables_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISKILLS_ALLOWED_HOSTS", "skills.example.org")
    monkeypatch.setenv("OTHERS_SECRET", "x")

    assert known_variables() == []
