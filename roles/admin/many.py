"""What is done to many rows at once: asked for by a form, then done to all or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from .forms import REFUSALS, show_refusal

#: For more rows than these an import is quicker, and can be looked at before it is done.
MOST_AT_ONCE = 1_000
#: So many of the chosen rows are named on the page.
NAMED_AT_MOST = 20

#: Does it to the rows with what the form has taken, and gives to how many.
Does = Callable[..., int]


def ask_then_do(
    admin: ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Any], form: forms.Form, *, title: str, does: Does
) -> HttpResponse | None:
    """The page that asks how to do it to these rows; None once it is done, which leads back to the list.

    The form is bound if it has been sent. What is refused is shown in it, and then it was done to none of the rows.
    """
    many = rows.order_by()[: MOST_AT_ONCE + 1].count()
    if many > MOST_AT_ONCE:
        words = gettext("Choose at most %(most)s at once, or import a file, which can be looked at before it is done.")
        messages.error(request, words % {"most": MOST_AT_ONCE})
        return None
    if form.is_bound and form.is_valid():
        try:
            done = does(rows, **form.cleaned_data)
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, gettext("Done for %(many)s.") % {"many": done})
            return None
    return TemplateResponse(
        request, "admin/roles/many.html", _context(admin, request, rows, form, title=title, many=many)
    )


def sent(request: HttpRequest) -> Any:
    """What was sent by the form of `ask_then_do`; None if the page was not shown yet."""
    return request.POST if "do" in request.POST else None


def _context(
    admin: ModelAdmin[Any], request: HttpRequest, rows: QuerySet[Any], form: forms.Form, **more: Any
) -> dict[str, Any]:
    return {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "rows": rows[:NAMED_AT_MOST],
        "others": max(more["many"] - NAMED_AT_MOST, 0),
        "form": form,
        "media": admin.media + form.media,
        "action": request.POST.get("action", ""),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across", "0"),
        "checkbox": ACTION_CHECKBOX_NAME,
        **more,
    }
