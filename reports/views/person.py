"""A person on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assessments.services.handing import archive_answer
from assessments.services.held import export_person
from reports.forms import AsOfForm
from reports.queries import Whereabouts, person_overview, whereabouts
from reports.views.asking import SignedInRequest, person_asked
from roles.models import Person, ScaleLevel, Team

#: The views of a person: the name of each one's URL, and the words of its link.
PERSON_TABS = (
    ("person", _("Standings")),
    ("history", _("History")),
    ("career", _("Career")),
)


@dataclass(frozen=True)
class PersonShown:
    """A person whom the reader may see, on a day."""

    person: Person
    form: AsOfForm
    where: Whereabouts
    team_is_visible: bool
    may_record: bool

    def context(self, tab: str) -> dict[str, Any]:
        """What `_person_head.html` needs; `tab` is the name of the page's URL, if it is that of a tab."""
        return {
            "person": self.person,
            "form": self.form,
            "where": self.where,
            "team_is_visible": self.team_is_visible,
            "may_record": self.may_record,
            "tabs": PERSON_TABS,
            "tab": tab,
        }


def person_shown(request: SignedInRequest, employee_id: str, *, keep: Sequence[str] = ()) -> PersonShown:
    """The person on the day asked for; Http404 if there is none, or not the reader's to see on that day."""
    found, form = person_asked(request, employee_id, keep=keep)
    where = whereabouts(person=found, as_of=form.day)
    team = where.team
    return PersonShown(
        person=found,
        form=form,
        where=where,
        team_is_visible=team is not None and Team.objects.visible_to(request.user).filter(pk=team.pk).exists(),
        may_record=team is not None and request.user.records_for(team),
    )


@never_cache
@require_POST
def held(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """All that is held about the reader, as a zip; PermissionDenied for what is held about somebody else."""
    found, _form = person_asked(request, employee_id)
    if found.pk != request.user.person_id:
        raise PermissionDenied
    return archive_answer(export_person(person=found, by=request.user, at=now(), to_themselves=True))


@require_safe
def person(request: SignedInRequest, employee_id: str) -> HttpResponse:
    """How one person stands on a day, competency by competency, and what they should do next."""
    shown = person_shown(request, employee_id)
    context = {
        **shown.context("person"),
        "is_reader": shown.person.pk == request.user.person_id,
        "overview": person_overview(person=shown.person, as_of=shown.form.day),
        "scale": dict(ScaleLevel.objects.values_list("value", "name")),
    }
    return render(request, "reports/person.html", context, status=shown.form.status)
