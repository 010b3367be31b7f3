"""Finding people, by what they can do or by who they are."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from reports.forms.find import FindForm
from reports.queries.find import Found, holders, people_named
from reports.views.asking import SignedInRequest, day_asked, page_or_fragment
from roles.models import Team

PEOPLE_ON_A_PAGE = 50

#: So many teams are offered by name where the code of one is asked for; any other can be typed.
TEAMS_OFFERED = 200


@require_safe
def find(request: SignedInRequest) -> HttpResponse:
    """Who holds a competency at a level or more on a day, or who has a name, among those whom the reader may see."""
    day = day_asked(request, keep=FindForm.ASKED)
    form = FindForm(request.GET, reader=request.user)
    context = {
        "form": day,
        "asked": form,
        "page": _found(request, form, day.day) if form.asks else None,
        "teams": Team.objects.visible_to(request.user).in_tree()[:TEAMS_OFFERED] if request.user.sees_teams else [],
    }
    fragments = {"found": "reports/_found.html"}
    return page_or_fragment(
        request, "reports/find.html", context, fragments=fragments, status=max(day.status, form.status)
    )


def _found(request: SignedInRequest, form: FindForm, day: date) -> Page[Found]:
    asked = form.cleaned_data
    if asked["competency"]:
        skill = {name: asked[name] for name in ("competency", "level", "verified")}
        found = holders(reader=request.user, as_of=day, **skill, **form.narrowing())
    else:
        found = people_named(reader=request.user, as_of=day, **form.narrowing())
    return Paginator(found, PEOPLE_ON_A_PAGE).get_page(asked["page"])
