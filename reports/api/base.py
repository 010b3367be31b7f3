"""What every view of REST has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .asking import chosen, etag_of, etag_of_bytes, fields_asked
from .filtering import check_parameters, filters_of


@method_decorator(conditional_page, name="dispatch")
class Api(APIView):
    """A view that reads no parameter but those it names, and answers 304 to who has the answer already.

    `parameters` names those of this view beside `fields`, which every answer knows.
    """

    # OPTIONS is refused, and so not told in `Allow`: the document says all that it could.
    http_method_names = ["get", "post", "patch", "delete", "head"]
    write_scope: ClassVar[str] = "write_organisation"
    parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_parameters(request, self.known_parameters())

    def known_parameters(self) -> frozenset[str]:
        """What may stand behind the question mark of this request."""
        return self.parameters | ({"fields"} if self.request.method in {"GET", "HEAD"} else frozenset())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """The answer, which is the caller's own and is asked for anew each time, with 304 as the shortest."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        if request.method == "GET" and isinstance(answer, Response):
            answer.add_post_render_callback(_name)
        return answer


def _name(answer: Response) -> None:
    """Give the answer an ETag, if it has none: a hash of all that is sent.

    Django would give one by MD5, which for the 70 KB of a large report takes more than twice as long.
    """
    answer.headers.setdefault("ETag", etag_of_bytes(answer.content))


class ListApi(Api, GenericAPIView[Any]):
    """`GET` of a list, page by page, filtered and ordered; `ordering_fields` names what it can be ordered by.

    These may not be empty in any row, since a page begins behind a value.
    """

    #: The words of `ordering`, each with the field it stands for.
    ordering_fields: ClassVar[dict[str, str]] = {}
    #: Parameters of the list alone, beside filters and pages.
    list_parameters: ClassVar[frozenset[str]] = frozenset()

    def known_parameters(self) -> frozenset[str]:
        if self.request.method not in {"GET", "HEAD"}:
            return self.parameters
        names = super().known_parameters() | self.list_parameters
        pages: frozenset[str] = getattr(self.paginator, "parameters", frozenset())
        return names | filters_of(self) | pages | ({"ordering"} if self.ordering_fields else frozenset())

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of the list."""
        rows = self.ordered(self.filter_queryset(self.get_queryset()))
        page = self.paginate_queryset(rows)
        serializer = self.get_serializer(page, many=True)
        # Asked of the serializer, so that an unknown name is one in an empty list too.
        names = fields_asked(request, list(getattr(self.get_serializer(), "fields", {})))
        return self.get_paginated_response([{name: one[name] for name in names} for one in serializer.data])

    def ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the order that `ordering` asks for, a minus in front meaning downwards."""
        text = self.request.query_params.get("ordering")
        if text is None:
            return rows
        name = text.removeprefix("-")
        if name not in self.ordering_fields:
            known = ", ".join(self.ordering_fields)
            raise exceptions.ValidationError({"ordering": f"Order by one of {known}, with or without a minus."})
        return rows.order_by(f"-{self.ordering_fields[name]}" if text.startswith("-") else self.ordering_fields[name])


class DetailApi(Api, GenericAPIView[Any]):
    """`GET` of one thing that the caller may see, named by the code in the address; its ETag names its state."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The thing, or what `fields` asks for of it."""
        data = self.get_serializer(self.get_object()).data
        return Response(chosen(request, data), headers={"ETag": etag_of(data)})
