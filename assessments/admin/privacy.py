"""On a person's page: all that is held about them as a file, and erasing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assessments.models import AssessmentResult, Exemption
from assessments.services.erasing import ERASE, erase_or_ask
from assessments.services.handing import archive_answer
from assessments.services.held import export_person
from roles.admin.base import may_write, user_of
from roles.admin.jobs import leads_to
from roles.console import ConsoleSite, Urls, add_pages
from roles.models import ApiToken, Job, Person, User
from roles.services import InTheWay

leads_to(lambda job: reverse("admin:roles_person_change", args=[job.arguments["person"]]), ERASE)


class EraseForm(forms.Form):
    """That it is this person and nobody else, and for who has not left, that this is meant."""

    employee_id = forms.CharField(
        label=_("Employee id"),
        help_text=_("Type it, to say that it is this person whom you mean."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the employee id.")},
    )
    still_here = forms.BooleanField(label=_("They still work here, and are to be erased all the same"), required=False)

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data, label_suffix="")
        self.person = person
        if not _still_here(person):
            del self.fields["still_here"]

    def clean_employee_id(self) -> str:
        typed: str = self.cleaned_data["employee_id"]
        if typed != self.person.employee_id:
            raise forms.ValidationError(_("This is not the employee id of this person."))
        return typed


def _still_here(person: Person) -> bool:
    return person.left_on is None or person.left_on > localdate()


@add_pages
def pages(site: ConsoleSite) -> Urls:
    """What is done about a person's data, by administrators."""
    views: dict[str, Callable[..., HttpResponseBase]] = {"held": held, "erase": erase}
    return [
        path(f"people/<int:pk>/{word}/", site.admin_view(view), name=f"person_{word}") for word, view in views.items()
    ]


def _asked(request: HttpRequest, pk: int) -> Person:
    """The person that an administrator asks for; PermissionDenied for whoever only reads."""
    if not may_write(request):
        raise PermissionDenied
    return get_object_or_404(Person, pk=pk)


@never_cache
@require_POST
def held(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is held about the person, as a zip."""
    return archive_answer(export_person(person=_asked(request, pk), by=user_of(request), at=now()))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what erasing the person would do and asks for the employee id; then it is done, or a worker does it."""
    person = _asked(request, pk)
    form = EraseForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        try:
            done = erase_or_ask(
                person=person, by=user_of(request), at=now(), still_here=form.cleaned_data.get("still_here", False)
            )
            return _erased(request, person, done)
        except InTheWay as refused:
            form.add_error(None, str(refused))
    title = gettext("Erase %(person)s?") % {"person": person}
    context = {**admin.site.each_context(request), "title": title, "form": form, **_what_there_is(person)}
    return render(request, "admin/assessments/person_erase.html", context, status=422 if form.errors else 200)


def _erased(request: HttpRequest, person: Person, done: str | Job) -> HttpResponse:
    if isinstance(done, Job):
        return redirect("admin:job", done.pk)
    words = gettext("The person is erased. What is left of them, their figures, stands under %(pseudonym)s.")
    messages.success(request, words % {"pseudonym": done})
    return redirect("admin:roles_person_change", person.pk)


def _what_there_is(person: Person) -> dict[str, Any]:
    account = User.objects.filter(person=person).first()
    return {
        "person": person,
        "account": account,
        "tokens": ApiToken.tokens.filter(user=account).count() if account else 0,
        "results": AssessmentResult.objects.filter(person=person).count(),
        "exemptions": Exemption.objects.filter(person=person).count(),
    }
