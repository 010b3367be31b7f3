"""Forms of the console: fields that work without JavaScript, and what a service refuses shown where it belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from roles.recorded import Recorded
from roles.services import InTheWay

#: How services and the database say no, in a transaction that is then taken back.
REFUSALS = (ValidationError, InTheWay, IntegrityError)
Refusal = ValidationError | InTheWay | IntegrityError

KEY = re.compile(r"[0-9]{1,18}", re.ASCII)

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    ModelChoiceField = forms.ModelChoiceField[Any]
else:
    ModelForm = forms.ModelForm
    ModelChoiceField = forms.ModelChoiceField


def said(refusal: Refusal) -> dict[str, list[str]]:
    """What a refusal says, by field."""
    if isinstance(refusal, IntegrityError):
        words = _(
            "Somebody wrote something meanwhile that this does not go with. Nothing was written; look again, and then"
            " send it once more."
        )
        return {NON_FIELD_ERRORS: [str(words)]}
    if isinstance(refusal, ValidationError) and hasattr(refusal, "error_dict"):
        return refusal.message_dict
    return {NON_FIELD_ERRORS: refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]}


def show_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Show at the fields of the form, or above them, what was refused."""
    for name, words in said(refusal).items():
        form.add_error(name if name in form.fields else None, words)


class ConsoleForm(ModelForm):
    """A row. What was refused when it was saved is shown with what was sent."""

    refused: ClassVar[Refusal | None] = None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if self.refused is not None:
            show_refusal(self, self.refused)


class ServedForm(ConsoleForm):
    """A row that a service writes, which checks it and says in its own words what does not go."""

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self.instance._meta.fields}

    def _post_clean(self) -> None:
        # What is missing has been said; the row by itself would be compared with nothing.
        if not self.errors:
            super()._post_clean()


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class CodeSelect(AutocompleteSelect):
    """Finds a row while one types; without JavaScript, a field takes its code."""

    template_name = "admin/roles/code_select.html"

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """With words in it while nothing is chosen: else it would have no name for who hears the page."""
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": gettext("Type to find it")}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        code = str(data.get(f"{name}-code", "")).strip()
        return self._key_of(code) if code else super().value_from_datadict(data, files, name)

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Only what can be a key is looked up: what was sent is shown again, whatever it was."""
        return super().optgroups(name, [key for key in value if KEY.fullmatch(str(key))], attrs)

    def _key_of(self, code: str) -> object:
        """The key of the row with the code; of no row, something that is no key."""
        related = self.field.remote_field.model
        where = {related.called_by[0]: code.replace("\0", "")}
        key = related._default_manager.filter(**where).values_list("pk", flat=True).first()
        return f"?{code}" if key is None else key


class Chosen(ModelChoiceField):
    """A field for a row, found as `CodeSelect` does, outside the form of a model."""

    def __init__(self, field: Any, site: AdminSite, **options: Any) -> None:
        """`field` is any key that refers to such rows, as `Membership.team`."""
        key: models.ForeignKey[Any, Any] = field.field
        super().__init__(
            queryset=key.remote_field.model._default_manager.all(), widget=CodeSelect(key, site), **options
        )


def is_found_by_code(model: Any) -> bool:
    """Whether a row of the model is named by one code."""
    return isinstance(model, type) and issubclass(model, Recorded) and len(model.called_by) == 1
