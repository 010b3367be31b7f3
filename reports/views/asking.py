"""What every page has in common: who asks, about which day, and whether for the page or for a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from reports.forms import AsOfForm
from roles.models import Person, Team, User


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware and HtmxMiddleware."""

    user: User
    htmx: HtmxDetails


def day_asked(request: SignedInRequest, *, keep: Sequence[str] = ()) -> AsOfForm:
    """The day that the page is asked for; choosing another one keeps the parameters named in `keep`."""
    return AsOfForm(request.GET, today=localdate(), keep=keep)


#: The views of a team: the name of each one's URL, and the words of its link.
TEAM_TABS = (
    ("team", _("Overview")),
    ("heatmap", _("Heatmap")),
    ("team_roles", _("Roles")),
    ("team_threats", _("Threats")),
    ("bench", _("Bench depth")),
    ("trend", _("Trend")),
    ("forecast", _("Expiring")),
    ("compare", _("Teams below")),
)


@dataclass(frozen=True)
class TeamAsked:
    """A team that the reader may see, on a day; `above` are those of the teams above it that they may see too."""

    team: Team
    form: AsOfForm
    above: list[Team]
    may_record: bool

    def context(self, tab: str) -> dict[str, Any]:
        """What `_team_head.html` needs; `tab` is the name of the page's URL."""
        return {
            "team": self.team,
            "form": self.form,
            "above": self.above,
            "may_record": self.may_record,
            "tabs": TEAM_TABS,
            "tab": tab,
        }


def team_asked(request: SignedInRequest, code: str, *, keep: Sequence[str] = ()) -> TeamAsked:
    """The team with this code on the day asked for; Http404 if there is none or it is not the reader's to see."""
    visible = Team.objects.visible_to(request.user)
    team = get_object_or_404(visible, code=code)
    above = list(visible.filter(pk__in=team.above).order_by("path")) if team.parent_id else []
    return TeamAsked(team, day_asked(request, keep=keep), above, request.user.records_for(team))


def person_asked(request: SignedInRequest, employee_id: str, *, keep: Sequence[str] = ()) -> tuple[Person, AsOfForm]:
    """The person on the day asked for; Http404 if there is none, or not the reader's to see on that day."""
    form = day_asked(request, keep=keep)
    return get_object_or_404(Person.objects.visible_to(request.user, on=form.day), employee_id=employee_id), form


def page_or_fragment(
    request: SignedInRequest,
    page: str,
    context: Mapping[str, Any],
    *,
    fragments: Mapping[str, str],
    status: int = 200,
) -> HttpResponse:
    """The page, or the fragment that htmx asked for: `fragments` names the template of each target's id."""
    wanted = fragments.get(request.htmx.target or "") if request.htmx else None
    if request.htmx.history_restore_request:
        wanted = None
    response = render(request, wanted or page, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
