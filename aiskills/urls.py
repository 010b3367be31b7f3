"""Every address of the site."""

from django.urls import include, path

from aiskills.health import health

urlpatterns = [
    path("", include("reports.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("health/", health, name="health"),
]
