"""The teams there are, and the teams below one."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.forms.pages import CompareForm
from reports.forms.teams import TeamsForm
from reports.presentation.orders import in_order
from reports.queries import team_report
from reports.views.asking import SignedInRequest, day_asked, page_or_fragment, team_asked
from roles.models import EvidencePolicy, Team

#: Teams on a page, and how many levels of the tree are shown where nothing is looked for.
TEAMS_AT_A_TIME, LEVELS = 200, 3


@require_safe
def teams(request: SignedInRequest) -> HttpResponse:
    """The teams that the reader may see: the upper levels of the tree, or those with the words looked for."""
    form = TeamsForm(request.GET)
    managed = [] if request.user.reads_everything else request.user.managed_teams
    top = min((team.level for team in managed), default=0)
    visible = Team.objects.visible_to(request.user)
    found = visible.called(form.words).in_tree(top=top) if form.words else visible.in_tree(top=top, levels=LEVELS)
    page = Paginator(found, TEAMS_AT_A_TIME).get_page(request.GET.get("page"))
    context = {"form": form, "day": day_asked(request), "page": page, "levels": LEVELS}
    fragments = {"teams-found": "reports/_teams.html"}
    status = 200 if form.is_valid() else 400
    return page_or_fragment(request, "reports/teams.html", context, fragments=fragments, status=status)


@require_safe
def compare(request: SignedInRequest, code: str) -> HttpResponse:
    """The teams right below a team, side by side on a day."""
    asked = team_asked(request, code, keep=("sort",))
    asked_order = CompareForm(request.GET)
    report = team_report(team=asked.team, as_of=asked.form.day)
    context = {
        **asked.context("compare"),
        "report": report,
        "policy": EvidencePolicy(report.policy).label,
        "teams": in_order(report.teams, asked_order.order),
        "asked_order": asked_order,
    }
    status = max(asked.form.status, asked_order.status)
    return render(request, "reports/compare.html", context, status=status)
