"""Imports: files sent, what importing them would do, and importing just that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.importing.unpacking import UploadRefused
from assessments.models import Import, ImportFile, ImportState
from assessments.services.uploads import NotNow, commit_import, file_to_mend, upload_import

from .asking import caller_of, etag_of, found
from .base import Api, DetailApi, ListApi
from .exports import AsAsked, WithoutFields
from .fields import InstantField, TextField
from .headers import ADDING
from .idempotency import once
from .parameters import KEY, in_path, words
from .parsing import BodyTooLarge
from .permissions import AdministratorsWrite
from .problems import MOST_ERRORS, Conflict
from .writing import located, read, told_as_problems
from .written import Body, WrittenText

#: What a request takes beside the files that it sends.
_BESIDE = 1024**2
_COUNT: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0}
_IMPORT_ID = in_path("id", KEY)
_FILES = {
    "type": "object",
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "Files of an import by their names, such as people.csv, or a zip of them.",
        }
    },
    "required": ["files"],
    "additionalProperties": False,
}


def visible(request: Request) -> QuerySet[Import]:
    """The imports that the caller may see, with their files."""
    imports = Import.objects.visible_to(caller_of(request)).select_related("job", "uploaded_by")
    return imports.prefetch_related(Prefetch("files", ImportFile.objects.order_by("pk"))).order_by("-pk")


@extend_schema_field(_COUNT)
class CountField(serializers.IntegerField):
    """How many rows; null while nobody has looked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)


class ImportFileSerializer(serializers.Serializer[ImportFile]):
    """A file of an import, and what its rows would do, or have done."""

    name = TextField()
    size = serializers.IntegerField(read_only=True, help_text="In bytes.")
    sha256 = TextField()
    added = CountField()
    changed = CountField()
    unchanged = CountField()
    problems = serializers.IntegerField(read_only=True)


class ImportSerializer(serializers.Serializer[Import]):
    """Files that were sent together, to be imported together: all of them or nothing."""

    id = serializers.IntegerField(read_only=True)
    state = serializers.SerializerMethodField()
    uploaded_at = InstantField()
    uploaded_by = serializers.SerializerMethodField(help_text="The user; null if there is no such user any more.")
    files = ImportFileSerializer(many=True, read_only=True)
    problem_count = serializers.IntegerField(source="problems", read_only=True)
    people_touched = CountField(help_text="Whose figures it changes; null for everybody.")
    digest = TextField(help_text="Names what was previewed. Send it to import that and nothing else.")
    moved = serializers.SerializerMethodField(help_text="Whether the data have moved since an earlier preview.")
    ended_at = InstantField(allow_null=True, help_text="When it was imported or discarded.")
    event = CountField(help_text="The number of its event in the audit trail.")

    @extend_schema_field(words(list(ImportState.values), several=False))
    def get_state(self, upload: Import) -> str:
        """How far it has come."""
        return upload.stage.value

    @extend_schema_field({"type": ["string", "null"]})
    def get_uploaded_by(self, upload: Import) -> str | None:
        """Who sent the files."""
        return upload.uploaded_by.username if upload.uploaded_by else None

    def get_moved(self, upload: Import) -> bool:
        """Whether what it would do is not what was previewed first."""
        return bool(upload.moved)


class ImportProblemSerializer(serializers.Serializer[Any]):
    """Something that is wrong; without a line with the whole file, without a column with the whole row."""

    file = serializers.CharField(allow_null=True)
    line = serializers.IntegerField(allow_null=True)
    column = serializers.CharField(allow_null=True)
    message = serializers.CharField()


class ImportDetailSerializer(ImportSerializer):
    """An import, with what is wrong: the first hundred problems. All of them are in `bad-rows/`."""

    problems = serializers.SerializerMethodField()

    @extend_schema_field(ImportProblemSerializer(many=True))
    def get_problems(self, upload: Import) -> list[dict[str, Any]]:
        """What is wrong, in the order of files and lines."""
        rows = upload.bad_rows.select_related("file")[:MOST_ERRORS]
        found = [
            {"file": row.file and row.file.name, "line": row.line, "column": column, "message": message}
            for row in rows
            for column, message in row.said
        ]
        return found[:MOST_ERRORS]


class CommitBody(Body):
    """What was previewed, by its digest, so that it is not imported as somebody else has changed it since."""

    digest = WrittenText(64, default="")


@extend_schema_view(
    get=extend_schema(
        operation_id="imports_list",
        summary="Imports",
        tags=["imports"],
        responses=ImportSerializer(many=True),
    ),
    post=extend_schema(
        operation_id="imports_create",
        summary="Send files, to see what importing them would do",
        tags=["imports"],
        request={"multipart/form-data": _FILES},
        responses={201: ImportDetailSerializer},
    ),
)
class ImportList(ListApi):
    """What was imported, or is to be, the last first. Administrators send, auditors read."""

    queryset = Import.objects.all()
    serializer_class = ImportSerializer
    parser_classes = [MultiPartParser]

    def get_permissions(self) -> list[Any]:
        """Those of every view, and that only administrators write."""
        return [*super().get_permissions(), AdministratorsWrite()]

    def get_queryset(self) -> QuerySet[Import]:
        return visible(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before anything is read of the body, which looking for a session's token would do."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.IMPORT_BYTES + _BESIDE:
            raise BodyTooLarge(f"The body is larger than {settings.IMPORT_BYTES:,} bytes. Send several imports.")
        super().initial(request, *args, **kwargs)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep the files, and look at what importing them would do; nothing is written until it is committed."""
        if unknown := set(request.data) - {"files"}:
            raise exceptions.ValidationError(dict.fromkeys(sorted(unknown), "There is no such field. Known: files."))
        with told_as_problems():
            try:
                files = request.FILES.getlist("files")
                made = upload_import(files=files, by=caller_of(request), at=now())
            except UploadRefused as refused:
                raise exceptions.ValidationError({"files": refused.words}) from None
        upload = found(visible(request), pk=made.pk)
        return located(Response(ImportDetailSerializer(upload).data, status.HTTP_201_CREATED), "api_import", "id")


@extend_schema_view(
    get=extend_schema(
        operation_id="imports_retrieve",
        summary="An import",
        tags=["imports"],
        parameters=[_IMPORT_ID],
        responses=ImportDetailSerializer,
    )
)
class ImportDetail(DetailApi):
    """How far it is, what it would do or has done, and what is wrong."""

    queryset = Import.objects.all()
    serializer_class = ImportDetailSerializer
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[Import]:
        return visible(self.request)


class ImportBadRows(Api):
    """The bad rows of one file, as a file to mend."""

    parameters = frozenset({"file"})
    content_negotiation_class = AsAsked
    schema = WithoutFields()

    @extend_schema(
        operation_id="imports_bad_rows",
        summary="The bad rows of a file of an import",
        tags=["imports"],
        parameters=[
            _IMPORT_ID,
            OpenApiParameter(
                "file",
                {"type": "string", "minLength": 1, "maxLength": 100},
                required=True,
                description="The name of the file.",
            ),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, id: int) -> StreamingHttpResponse:  # noqa: A002 - the name in the address
        """CSV: the line and what is wrong with it in front of the columns of the file; empty if nothing is."""
        upload = found(visible(request), pk=id)
        name = request.query_params.get("file", "")
        file = next((file for file in upload.files.all() if file.name == name), None)
        if file is None:
            raise exceptions.ValidationError({"file": "Name a file of this import; there is none like this."})
        headers = {
            "Content-Disposition": f'attachment; filename="{name.rpartition(".")[0]}-bad-rows.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingHttpResponse(file_to_mend(file), content_type="text/csv; charset=utf-8", headers=headers)


@extend_schema_view(
    post=extend_schema(
        operation_id="imports_commit",
        summary="Import what was previewed",
        tags=["imports"],
        parameters=[_IMPORT_ID, *ADDING],
        request=CommitBody,
        responses={202: ImportDetailSerializer},
    )
)
class ImportCommit(Api):
    """A worker imports it, all or nothing, and nothing else than what was previewed."""

    def post(self, request: Request, id: int) -> Response:  # noqa: A002 - the name in the address
        """Ask for it, once for each `Idempotency-Key`; what came of it says the import itself."""
        upload = found(visible(request), pk=id)
        if not caller_of(request).is_superuser:
            raise exceptions.PermissionDenied(AdministratorsWrite.message)
        with told_as_problems():
            response = once(request, lambda: self._asked(request, upload))
        response["ETag"] = etag_of(response.data)
        return response

    def _asked(self, request: Request, upload: Import) -> Response:
        digest = read(CommitBody, request)["digest"]
        try:
            commit_import(upload=upload, by=caller_of(request), at=now(), digest=digest)
        except NotNow as refused:
            raise Conflict(str(refused)) from None
        data = ImportDetailSerializer(found(visible(request), pk=upload.pk)).data
        return Response(data, status.HTTP_202_ACCEPTED)
