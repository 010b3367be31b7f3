"""The pages that show figures."""

from django.urls import path

from reports import views

urlpatterns = [
    path("", views.home, name="home"),
    path("teams/<str:code>/", views.team, name="team"),
    path("people/<str:employee_id>/", views.person, name="person"),
]
