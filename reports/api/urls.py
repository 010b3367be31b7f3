"""The addresses of REST, all below /api/v1/. Converters: `code` from reports/converters.py."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from .assignments import AssignmentDetail, AssignmentList
from .catalogue import CompetencyDetail, CompetencyList, RoleDetail, RoleList, ThreatDetail, ThreatList
from .document import DocsView, SchemaView
from .exemptions import ExemptionDetail, ExemptionList
from .exports import Exports
from .gaps import TeamGaps
from .heatmap import TeamHeatmap
from .imports import ImportBadRows, ImportCommit, ImportDetail, ImportList
from .matrix import (
    MatrixVersionDetail,
    MatrixVersionDiff,
    MatrixVersionList,
    RequirementList,
    VersionRequirementList,
)
from .memberships import MembershipDetail, MembershipList
from .nowhere import Nowhere
from .people import PersonDetail, PersonList
from .results import ResultDetail, ResultList
from .standings import PersonStandings
from .teams import TeamDetail, TeamList
from .trend import TeamTrend
from .withdrawing import ResultWithdrawal

urlpatterns = [
    path("teams/", TeamList.as_view(), name="api_teams"),
    path("teams/<code:code>/", TeamDetail.as_view(), name="api_team"),
    path("teams/<code:code>/gaps/", TeamGaps.as_view(), name="api_team_gaps"),
    path("teams/<code:code>/heatmap/", TeamHeatmap.as_view(), name="api_team_heatmap"),
    path("teams/<code:code>/trend/", TeamTrend.as_view(), name="api_team_trend"),
    path("people/", PersonList.as_view(), name="api_people"),
    path("people/<code:employee_id>/", PersonDetail.as_view(), name="api_person"),
    path("people/<code:employee_id>/standings/", PersonStandings.as_view(), name="api_person_standings"),
    path("memberships/", MembershipList.as_view(), name="api_memberships"),
    path("memberships/<int:id>/", MembershipDetail.as_view(), name="api_membership"),
    path("assignments/", AssignmentList.as_view(), name="api_assignments"),
    path("assignments/<int:id>/", AssignmentDetail.as_view(), name="api_assignment"),
    path("exemptions/", ExemptionList.as_view(), name="api_exemptions"),
    path("exemptions/<int:id>/", ExemptionDetail.as_view(), name="api_exemption"),
    path("results/", ResultList.as_view(), name="api_results"),
    path("results/<code:result_id>/", ResultDetail.as_view(), name="api_result"),
    path("results/<code:result_id>/withdraw/", ResultWithdrawal.as_view(), name="api_result_withdraw"),
    path("roles/", RoleList.as_view(), name="api_roles"),
    path("roles/<code:code>/", RoleDetail.as_view(), name="api_role"),
    path("competencies/", CompetencyList.as_view(), name="api_competencies"),
    path("competencies/<code:code>/", CompetencyDetail.as_view(), name="api_competency"),
    path("threats/", ThreatList.as_view(), name="api_threats"),
    path("threats/<code:code>/", ThreatDetail.as_view(), name="api_threat"),
    path("requirements/", RequirementList.as_view(), name="api_requirements"),
    path("matrix-versions/", MatrixVersionList.as_view(), name="api_matrix_versions"),
    path("matrix-versions/<code:code>/", MatrixVersionDetail.as_view(), name="api_matrix_version"),
    path(
        "matrix-versions/<code:code>/requirements/",
        VersionRequirementList.as_view(),
        name="api_matrix_version_requirements",
    ),
    path("matrix-versions/<code:code>/diff/", MatrixVersionDiff.as_view(), name="api_matrix_version_diff"),
    path("exports/<code:kind>/", Exports.as_view(), name="api_exports"),
    path("imports/", ImportList.as_view(), name="api_imports"),
    path("imports/<int:id>/", ImportDetail.as_view(), name="api_import"),
    path("imports/<int:id>/bad-rows/", ImportBadRows.as_view(), name="api_import_bad_rows"),
    path("imports/<int:id>/commit/", ImportCommit.as_view(), name="api_import_commit"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", login_required(DocsView.as_view()), name="api_docs"),
    re_path("", Nowhere.as_view(), name="api_nowhere"),
]
