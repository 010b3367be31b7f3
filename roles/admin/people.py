"""People and teams in the console."""

from __future__ import annotations

from django.contrib import admin

from roles.models import Person

from .base import ConsoleAdmin


@admin.register(Person)
class PersonAdmin(ConsoleAdmin):
    list_display = ["employee_id", "name", "email", "joined_on", "left_on"]
    search_fields = ["employee_id", "name"]
