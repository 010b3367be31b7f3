"""Adding, changing and removing: once, unchanged meanwhile, and refused in plain words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import override
from rest_framework import exceptions, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from roles.locks import share_rules
from roles.models import Person, Team
from roles.services import InTheWay
from roles.trail import one_event

from .asking import caller_of, check_unchanged, etag_of
from .idempotency import once
from .permissions import AdministratorsWrite
from .problems import Conflict, conflict_of
from .written import Body, renamed

ModelT = TypeVar("ModelT", bound=Model)

log = logging.getLogger("aiskills.api")

#: The names that columns have in bodies.
NAMES = {"from_on": "from", "until_on": "until", "person": "employee_id", "__all__": "non_field_errors"}
#: What the database keeps when two write at once, in words: each had looked, and found nothing in the way.
_AT_ONCE = {
    "membership_no_overlap": "Somebody has placed this person on some of these days meanwhile.",
    "membership_once_from_a_day": "Somebody has placed this person from this day meanwhile.",
    "assignment_once_from_a_day": "Somebody has given this person the role from this day meanwhile.",
    "exemption_once_from_a_day": "Somebody has excused this person from this day meanwhile.",
    "roles_person_employee_id": "There is a person with this employee id meanwhile.",
    "roles_team_code": "There is a team with this code meanwhile.",
    "team_one_root_in_the_tree": "There is a root meanwhile.",
    "result_id_once": "Somebody has recorded a result with this result_id meanwhile.",
    "_fk_": "Something that this refers to, or that refers to it, has changed meanwhile.",
    "FOREIGN KEY": "Something that this refers to, or that refers to it, has changed meanwhile.",
}


@contextmanager
def told_as_problems() -> Iterator[None]:
    """Turn what services and the database refuse into problem details, in English whatever language pages are in."""
    try:
        with override("en"):
            yield
    except InTheWay as error:
        raise Conflict(str(error)) from error
    except ValidationError as error:
        with override("en"):
            raise exceptions.ValidationError(renamed(_by_field(error), NAMES)) from error
    except IntegrityError as error:
        log.warning("a write was refused by the database: %s", str(error).splitlines()[0])
        raise conflict_of(error, _AT_ONCE) from error
    except ObjectDoesNotExist as error:
        raise Conflict("Something that this refers to has been removed meanwhile. Nothing was written.") from error
    except OperationalError as error:
        if not _at_the_same_moment(error):
            raise
        raise Conflict("Somebody else wrote at the same moment. Nothing was written; send it again.") from error


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}


def _at_the_same_moment(error: OperationalError) -> bool:
    """Whether the database chose this writer to give way: a deadlock, or a lock of SQLite's that took too long."""
    return any(words in str(error) for words in ("deadlock detected", "database is locked", "could not serialize"))


def read(body: type[Body], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The values that the body holds; ValidationError by field."""
    sent = body(data=request.data, partial=partial)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def named(rows: QuerySet[ModelT], field: str, what: str, **where: Any) -> ModelT:
    """The one row that a body names; ValidationError for `field`, in the same words if it is hidden or missing."""
    one = rows.filter(**where).first()
    if one is None:
        [value] = where.values()
        words = f"There is no {what} {value!r}, or it is not yours to see."
        raise exceptions.ValidationError({field: exceptions.ErrorDetail(words, code="unknown")})
    return one


def person_named(request: Request, employee_id: str) -> Person:
    """The person that a body names, of those whom the caller sees today."""
    people = Person.objects.visible_to(caller_of(request), on=localdate())
    person: Person = named(people, "employee_id", "person", employee_id=employee_id)
    return person


def team_named(request: Request, code: str, field: str = "team") -> Team:
    """The team that a body names, of those that the caller sees."""
    return named(Team.objects.visible_to(caller_of(request)), field, "team", code=code)


def located(response: Response, name: str, field: str) -> Response:
    """The answer with the address of what it shows, and what names its state."""
    response["Location"] = reverse(name, args=[response.data[field]])
    response["ETag"] = etag_of(response.data)
    return response


class Adds(GenericAPIView[Any]):
    """A list to which administrators add by `POST`; the answer is the thing as `GET` shows it."""

    body: ClassVar[type[Body]]
    #: The name of the address of one thing, and the field of the answer that stands in it.
    one: ClassVar[tuple[str, str]]

    def get_permissions(self) -> list[Any]:
        """Those of every view, and that only administrators write."""
        return [*super().get_permissions(), AdministratorsWrite()]

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add one, once for each `Idempotency-Key`."""
        with told_as_problems():
            response = once(request, lambda: self._added(request))
        return located(response, *self.one)

    def add(self, request: Request, values: dict[str, Any]) -> Model:
        """Add the thing that the body describes."""
        raise NotImplementedError

    def _added(self, request: Request) -> Response:
        thing = self.add(request, read(self.body, request))
        return Response(self.shown(thing), status.HTTP_201_CREATED)

    def shown(self, thing: Model) -> Any:
        """The thing as `GET` shows it."""
        return self.get_serializer(self.get_queryset().get(pk=thing.pk)).data


class Held(GenericAPIView[Any]):
    """One thing that administrators write: alone with it, and only as they have read it, if `If-Match` says so."""

    def get_permissions(self) -> list[Any]:
        """Those of every view, and that only administrators write."""
        return [*super().get_permissions(), AdministratorsWrite()]

    def hold_before(self) -> None:
        """Hold what is always held before such a row, so that no two writers wait for each other."""
        share_rules()

    def held(self, request: Request) -> Any:
        """The thing, held until the transaction ends; NotFound, PermissionDenied, or ChangedMeanwhile."""
        found = self.get_object()
        self.hold_before()
        rows = type(found)._default_manager.select_for_update(no_key=True)
        if not rows.filter(pk=found.pk).exists():
            raise exceptions.NotFound
        thing = self.get_object()
        check_unchanged(request, self.get_serializer(thing).data)
        return thing


class Changes(Held):
    """One thing that administrators change by `PATCH`."""

    body: ClassVar[type[Body]]

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what the body names, and nothing else; what cannot be changed is an error."""
        with told_as_problems(), one_event():
            thing = self.held(request)
            self.change(request, thing, read(self.body, request, partial=True))
            data = self.get_serializer(self.get_object()).data
        return Response(data, headers={"ETag": etag_of(data)})

    def change(self, request: Request, thing: Any, values: dict[str, Any]) -> None:
        """Change the thing to these values."""
        raise NotImplementedError


class Removes(Held):
    """One thing that administrators remove by `DELETE`."""

    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove it, if nothing stands on it."""
        with told_as_problems(), one_event():
            self.remove(self.held(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def remove(self, thing: Any) -> None:
        """Remove the thing."""
        raise NotImplementedError
