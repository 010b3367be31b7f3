"""Reading lists over REST, for tests."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

API = "/api/v1/"


def told(client: APIClient, path: str, **parameters: str) -> Any:
    """What is answered, which has to be an answer."""
    response = client.get(API + path, {name.rstrip("_"): value for name, value in parameters.items()})
    assert response.status_code == 200, response.content
    return response.json()


def listed(client: APIClient, path: str, field: str, **parameters: str) -> list[Any]:
    """This field of each row on the first page."""
    return [row[field] for row in told(client, path, **parameters)["results"]]


def wrong(client: APIClient, path: str, **parameters: str) -> dict[str, str]:
    """What is said of each field of a request that is not valid."""
    response = client.get(API + path, {name.rstrip("_"): value for name, value in parameters.items()})
    assert response.status_code == 400, response.content
    return {error["field"]: error["detail"] for error in response.json()["errors"]}
