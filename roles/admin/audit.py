"""The audit trail in the console: found, read, verified and exported, and changed by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page
from django.db import connection
from django.db.models import Case, QuerySet, TextField, When
from django.db.models.functions import Cast, Length
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from roles.audit import exported
from roles.console import ConsoleSite, Group, Urls, add_pages
from roles.differences import in_short, rows_of
from roles.forgetting import forgotten
from roles.jobs import ask
from roles.models import AuditEvent, AuditHead, Job
from roles.verifying import VERIFY

from .base import ConsoleAdmin, ReadOnly, user_of
from .forms import DayInput
from .jobs import job_context, leads_to
from .lists import BoundedPaginator

leads_to(lambda _job: reverse("admin:audit"), VERIFY)

#: So many found events can be paged through; what is further back is found by days.
LISTED_AT_MOST = 1_000
#: An event that says more than so many characters is shown in the list by its subject only.
SHORT_ENOUGH = 4_000
#: So many rows of an event are shown; an import may tell of ten thousand.
ROWS_AT_MOST = 200


class EventPaginator(BoundedPaginator):
    """Pages of the events that were found, looked for once: a search of a million may take two seconds."""

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of the events that were found, the latest first."""
        events: Any = self.object_list
        return list(events.order_by("-number").values_list("number", flat=True)[:LISTED_AT_MOST])

    @cached_property
    def count(self) -> int:
        return len(self.numbers)

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        found = AuditEvent.objects.filter(pk__in=self.numbers[bottom : bottom + self.per_page])
        return Page(list(_short_enough(found).order_by("-number")), number, self)


def _short_enough(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """The events with what they say only where that is short, as JSON in `before_said` and `after_said`."""
    said = {name: Cast(name, TextField()) for name in ("before", "after")}
    events = events.defer(*said).alias(**{f"{name}_length": Length(text) for name, text in said.items()})
    return events.annotate(
        **{f"{name}_said": Case(When(**{f"{name}_length__lt": SHORT_ENOUGH}, then=said[name])) for name in said},
        **{f"{name}_long": Case(When(**{f"{name}_length__gte": SHORT_ENOUGH}, then=1)) for name in said},
    )


class EventList(ChangeList):
    """The list, with the page that the paginator has found, and not looked for again."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.multi_page:
            self.result_list = self.paginator.page(1).object_list


class Asked(admin.SimpleListFilter):
    """A filter by what is typed or chosen; its template is a small form."""

    template = "admin/roles/auditevent/asked.html"
    kind = "text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        others = changelist.get_filters_params() | ({"q": changelist.query} if changelist.query else {})
        kept = {name: values for name, values in others.items() if name != self.parameter_name}
        shown = {name: values[-1] if isinstance(values, list) else values for name, values in kept.items()}
        yield {"selected": False, "value": self.value() or "", "kind": self.kind, "others": shown}


class FromFilter(Asked):
    """Events from a day on."""

    title, parameter_name, kind = _("from day"), "from", "date"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.within_days(from_on=_day(self.value()), until_on=None)


class UntilFilter(Asked):
    """Events before a day."""

    title, parameter_name, kind = _("before day"), "until", "date"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.within_days(from_on=None, until_on=_day(self.value()))


class ActorFilter(Asked):
    """What somebody did, by their user name."""

    title, parameter_name = _("who"), "actor"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(actor=self.value()) if self.value() else queryset


class RowFilter(Asked):
    """What was done to one row, by what events call it: `membership E1 2024-01-01`."""

    title, parameter_name = _("row"), "row"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.telling_of(self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """Events by what was done, as far as it ever was."""

    title, parameter_name = _("what was done"), "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action, action) for action in _actions()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(action=self.value()) if self.value() else queryset


def _actions() -> list[str]:
    """The actions that there are, each found by a step in the index; reading all events for them would take long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE known(action) AS (SELECT MIN(action) FROM roles_auditevent UNION ALL"
            " SELECT (SELECT MIN(action) FROM roles_auditevent WHERE action > known.action) FROM known"
            " WHERE known.action IS NOT NULL) SELECT action FROM known WHERE action IS NOT NULL"
        )
        return [action for (action,) in cursor.fetchall()]


def _day(text: str | None) -> date | None:
    """The day; None if there is none or if it cannot be read."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, ConsoleAdmin):
    """The events, the latest first."""

    group = Group.RUNNING
    about = _("Every change of a fact or a right: who made it, when and from where, and what was before.")
    paginator = EventPaginator
    list_display = ["number", "at", "who", "surface", "action", "subject", "what_changed"]
    list_filter = [FromFilter, UntilFilter, ActorFilter, "surface", ActionFilter, RowFilter]
    search_fields = ["subject"]
    search_help_text = _(
        "A person's id, a code, a user name, a request, an action, or words of what was before or after"
    )
    ordering = ["-number"]
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/roles/auditevent/list.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EventList

    def get_queryset(self, request: HttpRequest) -> Any:
        return AuditEvent.objects.visible_to(user_of(request))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        words = search_term.strip()
        return (queryset.about(words) if words else queryset), False

    @admin.display(description=_("who"))
    def who(self, event: AuditEvent) -> str:
        return event.actor or gettext("nobody signed in")

    @admin.display(description=_("what changed"))
    def what_changed(self, event: Any) -> str:
        if event.before_long or event.after_long:
            return gettext("much; open the event")
        said = (json.loads(text) if text else None for text in (event.before_said, event.after_said))
        return in_short(AuditEvent(**dict(zip(("before", "after"), said, strict=True))))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        events = AuditEvent.objects.visible_to(user_of(request))
        event = get_object_or_404(events, pk=object_id if object_id.isdigit() and len(object_id) < 19 else 0)  # noqa: PLR2004
        rows, more = rows_of(event, at_most=ROWS_AT_MOST)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Event %(number)s") % {"number": event.number},
            "opts": self.opts,
            "event": event,
            "rows": rows,
            "more": more,
            "seal": _seal_of(event),
            "last": AuditHead.objects.values_list("number", flat=True).first(),
        }
        return render(request, "admin/roles/auditevent/event.html", context)


def _seal_of(event: AuditEvent) -> str:
    """Whether the event is as it was written: `whole`, `erased` as an erasure says that it left it, or `broken`."""
    now_sealed = event.seal_of_it()
    if event.hash != event.hash_of_it():
        return "broken"
    if now_sealed == event.seal:
        return "whole"
    return "erased" if forgotten().get(event.number) == now_sealed else "broken"


class DaysForm(forms.Form):
    """From which day on and before which day; without one, without end."""

    from_on: ClassVar[Any] = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until_on: ClassVar[Any] = forms.DateField(
        label=_("Before"), required=False, widget=DayInput, help_text=_("The first day that is left out.")
    )


@add_pages
def _trail_pages(site: ConsoleSite) -> Urls:
    return [
        path("audit/", site.admin_view(trail), name="audit"),
        path("audit/verify/", site.admin_view(verify_trail), name="audit_verify"),
        path("audit/export/", site.admin_view(export_trail), name="audit_export"),
    ]


@never_cache
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Whether the trail is whole, as it was last verified, and its export."""
    return _trail_page(request, DaysForm())


def _trail_page(request: HttpRequest, form: DaysForm, status: int = 200) -> HttpResponse:
    job = Job.objects.filter(kind=VERIFY).select_related("asked_by").first()
    context = {
        **admin.site.each_context(request),
        **(job_context(job) if job else {}),
        "title": gettext("The audit trail as a whole"),
        "opts": AuditEvent._meta,
        "head": AuditHead.objects.filter(pk=1).first(),
        "form": form,
    }
    return render(request, "admin/roles/auditevent/trail.html", context, status=status)


@require_POST
def verify_trail(request: HttpRequest) -> HttpResponse:
    """Has the whole chain verified in the background."""
    ask(VERIFY, by=user_of(request), at=now())
    return redirect("admin:audit")


@require_POST
def export_trail(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Sends the events of the days as JSON Lines, as they are read."""
    form = DaysForm(request.POST)
    if not form.is_valid():
        return _trail_page(request, form, status=422)
    lines = exported(from_on=form.cleaned_data["from_on"], until_on=form.cleaned_data["until_on"])
    name = f"audit-{localdate()}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)
