"""Every page of the console that is of a model: what test_console.py looks at. Pages of its own are in pages.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.timezone import localdate

from roles.models import Deputy, Person
from tests.browser.pages import examples


@dataclass(frozen=True)
class ConsoleLook:
    """A page of a model, and who looks at it."""

    model: type[Model]
    what: str
    who: str = "admin"

    def __str__(self) -> str:
        return f"{self.name} by {self.who}"

    @property
    def name(self) -> str:
        """The name of its address in the console's namespace."""
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_{self.what}"

    @property
    def address(self) -> str:
        """Its address, with the last row that there is: the first event of the audit trail tells of the whole demo."""
        row = None if self.what in {"changelist", "add"} else self.model._default_manager.last()
        assert row is not None or self.what in {"changelist", "add"}, f"Make a {self.model.__name__} in `rows`."
        return reverse(f"admin:{self.name}", args=[row.pk] if row else [])


def looks() -> Iterator[ConsoleLook]:
    """The pages of every model: those that lead elsewhere or are refused are looked at as what comes of them."""
    for model in sorted(admin.site._registry, key=str):
        for what in ("changelist", "add", "change", "delete"):
            yield ConsoleLook(model, what)


def actions() -> Iterator[tuple[type[Model], str]]:
    """Everything that can be done to rows of a list, by model and name."""
    for model, model_admin in sorted(admin.site._registry.items(), key=str):
        for _does, name, _words in model_admin._get_base_actions():  # type: ignore[attr-defined]  # not in the stubs
            if name not in {one for one, _ in admin.site.actions} and name != "delete_selected":
                yield model, name


def rows() -> None:
    """A row of every model of the console that the demo has none of."""
    examples()
    if not Deputy.objects.exists():
        manager, person = (
            Person.objects.filter(manages__isnull=False).earliest("pk"),
            Person.objects.latest("employee_id"),
        )
        Deputy.objects.create(manager=manager, person=person, from_on=localdate(), until_on=localdate())


#: Names of addresses of the console that are no page to look at, each with the reason.
NO_CONSOLE_PAGES = {
    "app_list": "leads to the first page",
    "audit_export": "a file",
    "audit_verify": "answers POST alone, with a way back",
    "autocomplete": "JSON, for the fields that find rows while one types",
    "import_bad_rows": "a file",
    "import_commit": "answers POST alone, with a way back",
    "import_discard": "answers POST alone, with a way back",
    "import_mend": "answers POST alone, with the import's page",
    "import_preview": "answers POST alone, with a way back",
    "jsi18n": "words for scripts",
    "login": "leads to the sign-in",
    "logout": "leads to the page that signs out",
    "matrix_file": "a file",
    "matrix_upload": "answers POST alone, with the editor's page",
    "person_held": "a file",
    "password_change": "leads to the page that changes the password",
    "password_change_done": "leads to the first page",
    "user_link": "answers POST alone, with a link that is shown once",
    "user_reactivate": "answers POST alone, with a way back",
    "view_on_site": "leads elsewhere",
}

#: What axe finds in Django's own templates: the rule, what the element has in it, and why it is left.
DJANGOS_OWN = [
    # select2, which Django ships, gives the box that shows the choice a role and no name; the field in it has one.
    ("aria-input-field-name", "select2-selection"),
    # A column that Django has for the name of a row, which stands in the row anyway; it is not shown.
    ("empty-table-header", '<th class="original">'),
]
