"""What cells can be chosen by, in the words of the heatmap page."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request

from reports.forms.cells import STATES
from reports.queries import Catalogue, Selection
from roles.models import Dimension, LifecycleStage

from .parameters import CODE, words

_ONE_STATE = words(list(STATES), several=False)
#: The parameters of a Selection, for the document.
SELECTION = [
    OpenApiParameter(
        "state", _ONE_STATE, description="Only people with a cell in this state; `short` is any shortfall."
    ),
    OpenApiParameter("role", CODE, description="Only people who hold this role on the day."),
    OpenApiParameter("competency", CODE, description="Only this competency."),
    OpenApiParameter("threat", CODE, description="Only competencies that counter this threat."),
    OpenApiParameter("dimension", words(list(Dimension.values), several=False), description="Only of this dimension."),
    OpenApiParameter("stage", words(list(LifecycleStage.values), several=False), description="Only of this stage."),
]


def selection_asked(request: Request, choices: Catalogue) -> Selection:
    """What the parameters choose; ValidationError for codes and words that there are not."""
    known = {
        "state": STATES,
        "role": {role.code for role in choices.roles},
        "competency": {facets.code for facets in choices.competencies.values()},
        "threat": choices.threats,
        "dimension": Dimension.values,
        "stage": LifecycleStage.values,
    }
    asked = {name: request.query_params[name] for name in known if name in request.query_params}
    wrong = {name: f"There is no {name} {text!r}." for name, text in asked.items() if text not in known[name]}
    for name in wrong.keys() & {"state", "dimension", "stage"}:
        wrong[name] = f"{asked[name]!r} is none of {', '.join(known[name])}."
    if wrong:
        raise exceptions.ValidationError(wrong)
    return Selection(**asked)
