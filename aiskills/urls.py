"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path, re_path

from aiskills.accounts import OwnPassword, choose_language, not_here
from aiskills.health import health, worker_health
from aiskills.seeing import stop

handler400 = "reports.api.problems.bad_request"
handler403 = "reports.api.problems.forbidden"
handler500 = "reports.api.problems.server_error"

urlpatterns = [
    # First, since it is called most: every pattern before it would be tried on each call.
    path("api/v1/", include("reports.api.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    # They send mail or belong to a second factor, which nothing is set up for yet; administrators set passwords.
    re_path("^accounts/(?:password/reset|email|confirm-email|login/code|reauthenticate)/", not_here),
    path("accounts/own-password/<uidb64>/<token>/", OwnPassword.as_view(), name="set_own_password"),
    path("see-as/stop/", stop, name="see_as_stop"),
    path("language/", choose_language, name="set_language"),
    path("accounts/", include("allauth.account.urls")),
    path("health/", health, name="health"),
    path("health/worker/", worker_health, name="worker_health"),
]
