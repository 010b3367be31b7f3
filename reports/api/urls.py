"""The addresses of REST, all below /api/v1/. Converters: `code` from reports/urls.py."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from .assignments import AssignmentDetail, AssignmentList
from .document import DocsView, SchemaView
from .exemptions import ExemptionDetail, ExemptionList
from .gaps import TeamGaps
from .memberships import MembershipDetail, MembershipList
from .nowhere import Nowhere
from .people import PersonDetail, PersonList
from .results import ResultDetail, ResultList
from .teams import TeamDetail, TeamList

urlpatterns = [
    path("teams/", TeamList.as_view(), name="api_teams"),
    path("teams/<code:code>/", TeamDetail.as_view(), name="api_team"),
    path("teams/<code:code>/gaps/", TeamGaps.as_view(), name="api_team_gaps"),
    path("people/", PersonList.as_view(), name="api_people"),
    path("people/<code:employee_id>/", PersonDetail.as_view(), name="api_person"),
    path("memberships/", MembershipList.as_view(), name="api_memberships"),
    path("memberships/<int:id>/", MembershipDetail.as_view(), name="api_membership"),
    path("assignments/", AssignmentList.as_view(), name="api_assignments"),
    path("assignments/<int:id>/", AssignmentDetail.as_view(), name="api_assignment"),
    path("exemptions/", ExemptionList.as_view(), name="api_exemptions"),
    path("exemptions/<int:id>/", ExemptionDetail.as_view(), name="api_exemption"),
    path("results/", ResultList.as_view(), name="api_results"),
    path("results/<code:result_id>/", ResultDetail.as_view(), name="api_result"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", login_required(DocsView.as_view()), name="api_docs"),
    re_path("", Nowhere.as_view(), name="api_nowhere"),
]
