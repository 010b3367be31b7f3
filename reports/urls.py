"""The pages that show figures."""

from django.urls import path

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
    trend,
    why,
    withdraw,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<str:code>/", team.team, name="team"),
    path("teams/<str:code>/heatmap/", heatmap.heatmap, name="heatmap"),
    path("teams/<str:code>/cells/", cells.cells, name="cells"),
    path("teams/<str:code>/roles/", roles.team_roles, name="team_roles"),
    path("teams/<str:code>/threats/", threats.team_threats, name="team_threats"),
    path("teams/<str:code>/bench/", bench.bench, name="bench"),
    path("teams/<str:code>/trend/", trend.trend, name="trend"),
    path("teams/<str:code>/forecast/", forecast.forecast, name="forecast"),
    path("teams/<str:code>/compare/", teams.compare, name="compare"),
    path("teams/<str:code>/record/", record.record, name="record"),
    path("people/<str:employee_id>/", person.person, name="person"),
    path("people/<str:employee_id>/history/", history.history, name="history"),
    path("people/<str:employee_id>/career/", career.career, name="career"),
    path("people/<str:employee_id>/competencies/<str:code>/", why.why, name="why"),
    path("results/<int:pk>/withdraw/", withdraw.withdraw, name="withdraw"),
    path("find/", find.find, name="find"),
    path("matrix/", competencies.matrix, name="matrix"),
    path("competencies/<str:code>/", competencies.competency, name="competency"),
]
