"""What is held about somebody, as a file to hand over: a zip with an index to read, tables as CSV, and all as JSON."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.apps import apps
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext

from roles.formulas import no_formula

from .held import Held, Rows

_ALL = "held.json"


class Table(NamedTuple):
    """A table of the file: where it is in the zip, what it is in words, and its rows."""

    path: str
    words: str
    rows: Rows


def write_archive(held: Held, file: IO[bytes]) -> None:
    """Write what `export_person` gave as a zip, its index in the language that is spoken now."""
    tables = _tables(held)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "index.html", render_to_string("held/index.html", {"held": held, "tables": tables, "all": _ALL})
        )
        for table in tables:
            archive.writestr(table.path, _as_csv(table.rows))
        archive.writestr(_ALL, json.dumps(held, ensure_ascii=False, indent=1))


def archive_name(held: Held) -> str:
    """What the zip is called; the employee id as far as any system of files takes it."""
    return f"held-{slugify(held['person']['employee_id']) or 'person'}.zip"


def archive_answer(held: Held) -> HttpResponse:
    """The zip as an answer, which nobody keeps on the way."""
    file = io.BytesIO()
    write_archive(held, file)
    headers = {"Content-Disposition": f'attachment; filename="{archive_name(held)}"', "Cache-Control": "no-store"}
    return HttpResponse(file.getvalue(), content_type="application/zip", headers=headers)


def archive_in(place: Path, held: Held) -> Path:
    """Where the zip goes: into the folder, if that is one, or into the file of that name."""
    return place / archive_name(held) if place.is_dir() else place


def _tables(held: Held) -> list[Table]:
    found = [("person", gettext("The person"), [held["person"]])]
    if held["account"]:
        found.append(("account", gettext("The account"), [held["account"]]))
    found += [(name, _in_words(name), rows) for name, rows in sorted(held["tables"].items())]
    found += [
        ("mentions", gettext("Where texts about others name the person"), held["mentions"]),
        ("events", gettext("The audit trail: what was done to the data, and by the person"), held["events"]),
    ]
    return [Table(f"tables/{slugify(name)}.csv", words, rows) for name, words, rows in found if rows]


def _in_words(name: str) -> str:
    """What a table is in words, as `results (person)`, if its name is that of a model and a field."""
    kind, _, by = name.partition(" by ")
    model = next((one for one in apps.get_models() if one._meta.model_name == kind), None)
    if model is None:
        return capfirst(name)
    words = capfirst(str(model._meta.verbose_name_plural))
    return f"{words} ({model._meta.get_field(by).verbose_name})" if by else words  # type: ignore[union-attr]


def _as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows with a header; no text is taken for a formula, and what is no plain value stands there as JSON."""
    text = io.StringIO()
    rows = [*rows]
    writer = csv.DictWriter(text, [*rows[0]])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return no_formula(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
