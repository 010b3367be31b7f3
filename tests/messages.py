"""The texts of the pages and their translations: `make messages` brings the files of every language up to date.

Each app keeps its own in `locale/<language>/LC_MESSAGES/django.po`, and beside it `django.mo`, compiled, so that an
installation needs nothing more. New texts come in without a translation: write it into the `.po`, and run this again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
APPS = ("aiskills", "assessments", "reports", "roles")
LANGUAGES = ("de",)

#: Which arguments of a function are texts; `c` marks a context.
KEYWORDS: dict[str, Any] = {
    function + suffix: arguments
    for suffix in ("", "_lazy")
    for function, arguments in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
} | {"_": None, "gettext_noop": None}


class Translations(Catalog):
    """The texts of an app in a language. The header says what reading them takes: no day, no machine, no address."""

    def __init__(self, app: str, language: str) -> None:
        super().__init__(language, header_comment=f"# {app} ({language}), kept by `make messages`.", fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def file_of(app: str, language: str, suffix: str = ".po") -> Path:
    return ROOT / app / "locale" / language / "LC_MESSAGES" / f"django{suffix}"


def texts_of(app: str) -> Catalog:
    """Every text in the app's templates and modules that is to be translated."""
    found = Catalog()
    for path in sorted((ROOT / app).rglob("*")):
        if path.suffix in {".py", ".html", ".txt"}:
            for _line, text, comments, context in texts_in(path):
                found.add(text, auto_comments=comments, context=context)
    return found


def texts_in(path: Path) -> Iterator[tuple[int, Any, list[str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django rewrites a template into calls; how they are indented means nothing.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    yield from extract("python", BytesIO(source.encode()), KEYWORDS, comment_tags=("Translators:",))


def read(app: str, language: str) -> Catalog:
    """What the app's file holds; nothing if there is none."""
    path = file_of(app, language)
    if not path.exists():
        return Catalog(language)
    with path.open("rb") as file:
        return read_po(file, language)


def brought_up_to_date(app: str, language: str) -> Translations:
    """Every text of the app with the translation that its file has; what the app no longer says is gone."""
    known, current = read(app, language), Translations(app, language)
    for text in texts_of(app):
        if text.id:
            before = known.get(text.id, text.context)
            current.add(text.id, before.string if before else None, context=text.context, **remarks(text, before))
    return current


def remarks(text: Message, before: Message | None) -> dict[str, Any]:
    return {"auto_comments": text.auto_comments, "user_comments": before.user_comments if before else []}


def write(catalog: Catalog, app: str, language: str) -> None:
    file_of(app, language).parent.mkdir(parents=True, exist_ok=True)
    with file_of(app, language).open("wb") as file:
        write_po(file, catalog, width=0, no_location=True, sort_output=True)
    with file_of(app, language, ".mo").open("wb") as file:
        write_mo(file, catalog)


def missing(catalog: Catalog) -> list[Message]:
    """The texts without a translation, or with one for some numbers only."""
    return [text for text in catalog if not text.string or not all(text.string)]


def main() -> int:
    """Write the files of all apps and languages; 1 if translations are missing, after naming the texts."""
    left = 0
    for language in LANGUAGES:
        for app in APPS:
            catalog = brought_up_to_date(app, language)
            write(catalog, app, language)
            for text in missing(catalog):
                print(f"{file_of(app, language).relative_to(ROOT)}: no translation: {text.id!r}", file=sys.stderr)
                left += 1
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
