"""The pages that show figures."""

from django.urls import path

from reports import converters  # noqa: F401 - of which `code` is one
from reports.views import (
    bench,
    career,
    cells,
    competencies,
    find,
    forecast,
    heatmap,
    history,
    home,
    person,
    record,
    roles,
    team,
    teams,
    threats,
    tokens,
    trend,
    why,
    withdraw,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<code:code>/", team.team, name="team"),
    path("teams/<code:code>/heatmap/", heatmap.heatmap, name="heatmap"),
    path("teams/<code:code>/cells/", cells.cells, name="cells"),
    path("teams/<code:code>/roles/", roles.team_roles, name="team_roles"),
    path("teams/<code:code>/threats/", threats.team_threats, name="team_threats"),
    path("teams/<code:code>/bench/", bench.bench, name="bench"),
    path("teams/<code:code>/trend/", trend.trend, name="trend"),
    path("teams/<code:code>/forecast/", forecast.forecast, name="forecast"),
    path("teams/<code:code>/compare/", teams.compare, name="compare"),
    path("teams/<code:code>/record/", record.record, name="record"),
    path("people/<code:employee_id>/", person.person, name="person"),
    path("people/<code:employee_id>/held/", person.held, name="held"),
    path("people/<code:employee_id>/history/", history.history, name="history"),
    path("people/<code:employee_id>/career/", career.career, name="career"),
    path("people/<code:employee_id>/competencies/<code:code>/", why.why, name="why"),
    path("results/<int:pk>/withdraw/", withdraw.withdraw, name="withdraw"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<code:digest>/revoke/", tokens.revoke, name="revoke_token"),
    path("find/", find.find, name="find"),
    path("matrix/", competencies.matrix, name="matrix"),
    path("competencies/<code:code>/", competencies.competency, name="competency"),
]
