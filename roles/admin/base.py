"""What every part of the console has in common."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import CASCADE, PROTECT, DateField, Field, ForeignKey, ManyToManyField, Model, QuerySet, TextField
from django.forms import BaseInlineFormSet, CheckboxSelectMultiple, ModelForm, Textarea
from django.forms import Field as FormField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext

from roles.console import Group
from roles.models import User
from roles.naming import label_of
from roles.recorded import Recorded
from roles.trail import one_event

from .forms import REFUSALS, CodeSelect, ConsoleForm, DayInput, ServedForm, is_found_by_code, said
from .lists import BoundedPaginator


class ReadOnly:
    """What nobody adds, changes or removes in the console."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Rights:
    """Administrators do all, auditors read; Django's own permissions are not asked for."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and request.user.reads_everything

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_write(request)


def may_write(request: HttpRequest) -> bool:
    """Whether the user may change anything in the console: administrators may."""
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the console lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    FormSet = BaseInlineFormSet


class Fields:
    """How fields are filled in: a day by the browser's own field, another row by its code or while one types."""

    autocomplete_fields: ClassVar[Any]
    admin_site: Any

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> FormField | None:
        if type(db_field) is DateField:
            kwargs.setdefault("widget", DayInput)
        if isinstance(db_field, TextField):
            kwargs.setdefault("widget", Textarea(attrs={"rows": 3}))
        if isinstance(db_field, ManyToManyField):
            kwargs.setdefault("widget", CheckboxSelectMultiple)
        field: FormField | None = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Without the signs that open other rows in windows of their own.
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields and is_found_by_code(db_field.related_model):
            kwargs.setdefault("widget", CodeSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class ConsoleFormSet(FormSet):
    """Rows below a row, each of which can be removed by a box with a name."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = gettext("Delete")


class ConsoleInline(Rights, Fields, TabularInline):
    """Rows that belong to the row of the page."""

    extra = 0
    formset = ConsoleFormSet
    form = ConsoleForm
    #: What the rows refer to and are shown with, read with them.
    shown_with: tuple[str, ...] = ()

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            # In a table the head of the column names it only for who sees that.
            field.widget.attrs["aria-label"] = field.label
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related(*self.shown_with) if self.shown_with else rows


class ShownInline(ReadOnly, ConsoleInline):
    """Rows that belong to the row of the page, to look at; what changes them is on their own page."""

    template = "admin/roles/shown_inline.html"
    can_delete = False


def _sent(request: HttpRequest) -> AbstractContextManager[object]:
    """One event for what is sent; what is only looked at needs no transaction."""
    return one_event() if request.method == "POST" else nullcontext()


class ConsoleAdmin(Rights, Fields, ModelAdmin):
    """A model in the console. What is sent at once is one event of the audit trail, which is the only log there is.

    What a service or the database refuses is shown in the form, with nothing written.
    """

    #: Where the first page shows it.
    group: ClassVar[Group] = Group.RUNNING
    #: What it is, in a sentence above its list, for who comes for the first time.
    about: Any = ""

    form = ConsoleForm
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    # Counting each choice of each filter would take longer than the page itself.
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    save_as = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            with _sent(request):
                return super().changeform_view(request, *args, **kwargs)
        except REFUSALS as refusal:
            if request.method != "POST" or hasattr(request, "refused"):
                raise
            request.refused = refusal  # type: ignore[attr-defined]  # get_form hands it to the form
            return self.changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm[Any]]:
        form = super().get_form(request, *args, **kwargs)
        form.refused = getattr(request, "refused", None)  # type: ignore[attr-defined]  # the class is made for the request
        return form

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and not self._offers(request):
            raise PermissionDenied
        with _sent(request):
            own = {"title": capfirst(self.opts.verbose_name_plural), "about": self.about}
            return super().changelist_view(request, {**own, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            kind = capfirst(self.opts.verbose_name)
            context |= {"title": str(row), "subtitle": kind if kind != str(row) else None}
        return super().render_change_form(request, context, *args, **kwargs)

    def _offers(self, request: HttpRequest) -> bool:
        """Whether what is sent to the list is an action that the user may take; who writes is told what is missing."""
        return may_write(request) or request.POST.get("action") in self.get_actions(request)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            with _sent(request):
                return super().delete_view(request, object_id, *args, **kwargs)
        except REFUSALS as refusal:
            for words in said(refusal).values():
                messages.error(request, " ".join(words))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def render_delete_form(self, request: HttpRequest, context: Any) -> Any:
        title = gettext("%(row)s cannot be removed") if context["protected"] else gettext("Remove %(row)s?")
        return super().render_delete_form(request, {**context, "title": title % {"row": context["object"]}})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with the rows, counted, and the first few of what keeps them, instead of all there may be."""
        goes, keeps = _bound_to(objs)
        return [str(row) for row in objs], goes, set(), keeps

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Leads to the events of the audit trail that are about the row."""
        row = self.get_object(request, object_id)
        if not isinstance(row, Recorded):
            raise Http404
        # What has a code is also found where other rows refer to it.
        about = {"q": str(getattr(row, row.called_by[0]))} if len(row.called_by) == 1 else {"row": label_of(row)}
        return redirect(f"{reverse('admin:roles_auditevent_changelist')}?{urlencode(about)}")

    def log_addition(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""

    def log_change(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""

    def log_deletions(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing: the audit trail has it."""


#: So many of the rows that keep another one are named.
KEEPERS_NAMED = 10


def _bound_to(rows: Any) -> tuple[dict[str, int], list[str]]:
    """How many rows go with these, by their kind, and the first few of those that keep these from going."""
    goes: dict[str, int] = {}
    keeps: list[str] = []
    for row in rows:
        for relation in row._meta.related_objects:
            related = relation.related_model._base_manager.filter(**{relation.field.name: row})
            if relation.on_delete is CASCADE:
                name = str(relation.related_model._meta.verbose_name_plural)
                goes[name] = goes.get(name, 0) + related.count()
            elif relation.on_delete is PROTECT:
                keeps += map(str, related[:KEEPERS_NAMED])
    return {name: many for name, many in goes.items() if many}, keeps


class ServedAdmin(ConsoleAdmin):
    """A model whose rows services write: `added` and `changed` call them, with what the form has taken."""

    form = ServedForm

    def added(self, request: HttpRequest, **values: Any) -> Model:
        """Add a row and give it. Raises what services raise."""
        raise NotImplementedError

    def changed(self, request: HttpRequest, row: Any, **values: Any) -> None:
        """Change these values of the row. Raises what services raise."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.pk = self.added(request, **form.cleaned_data).pk
        elif form.changed_data:
            # As it is stored: the form has set the values of its own.
            row = self.model._base_manager.get(pk=obj.pk)
            self.changed(request, row, **{name: form.cleaned_data[name] for name in form.changed_data})

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: what holds over days ends, and what was recorded is withdrawn."""
        return False


def shown_empty() -> str:
    """What stands in a list for what there is not."""
    return gettext("none")
