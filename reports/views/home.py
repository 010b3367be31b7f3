"""Where somebody lands: what they should do now, by who they are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from reports.forms import AsOfForm
from reports.queries.home import deputies, scope_is_large, stands_in, team_average, team_cards
from reports.queries.people import person_overview, whereabouts
from reports.views.asking import SignedInRequest, day_asked, page_or_fragment
from roles.models import Team, User

#: Teams shown at a glance; the others are a link away.
CARDS = 12


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """The reader's teams at a glance and their own standing; where there is neither, what is missing."""
    form = day_asked(request, keep=("figures",))
    teams = _teams_of(request.user)
    if not teams and request.user.person is None:
        return render(request, "reports/nothing_yet.html")
    # Figures of a very large scope come after the page, which is not kept waiting for them.
    later = "figures" not in request.GET and scope_is_large(teams)
    context = {
        "form": form,
        "teams": teams,
        "later": later,
        "cards": [] if later else team_cards(teams=teams[:CARDS], as_of=form.day),
        "more": len(teams) > CARDS,
        "stands_in": stands_in(user=request.user, on=localdate()),
        "deputies": deputies(user=request.user, on=localdate()),
        **_own(request.user, form),
    }
    fragments = {"cards": "reports/_cards.html"}
    return page_or_fragment(request, "reports/home.html", context, fragments=fragments, status=form.status)


def _teams_of(user: User) -> list[Team]:
    """The whole organisation for who sees it, and the teams that the user manages."""
    root = list(Team.objects.filter(parent=None)) if user.reads_everything else []
    return root + [team for team in user.managed_teams if team not in root]


def _own(user: User, form: AsOfForm) -> dict[str, Any]:
    """How the user stands themselves, if they are one of the people, and how their team does."""
    if user.person is None:
        return {}
    team = whereabouts(person=user.person, as_of=form.day).team
    least = settings.MIN_GROUP
    return {
        "person": user.person,
        "overview": person_overview(person=user.person, as_of=form.day),
        "own_team": team,
        "average": team_average(team=team, as_of=form.day, user=user, least=least) if team else None,
        "least": least,
    }
