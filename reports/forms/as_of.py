"""The day that a page is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from reports.days import LAST_DAY, day

FORECAST_DAYS = 90


class Shortcut(NamedTuple):
    """A day that readers often want, with the words and the query of its link."""

    words: Any
    day: date
    query: str


class Slider(NamedTuple):
    """The ends of the day slider and where it stands, each in days from today."""

    first: int
    last: int
    now: int


class DayField(forms.DateField):
    """A day as the contract writes it, `YYYY-MM-DD`, and in no other way."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": LAST_DAY.isoformat()})

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        try:
            return day(str(value).strip())
        except ValueError:
            message = _("“%(value)s” is not a day. Write it as YYYY-MM-DD.")
            raise ValidationError(message, code="invalid", params={"value": value}) from None


class AsOfForm(forms.Form):
    """The day that a page is about; without one, or with a bad one, today.

    `keep` names what else a page may be asked for, such as a filter: choosing another day keeps it.
    """

    as_of = DayField(label=_("As of"), required=False)

    #: How far the slider reaches, in days before and after today. Any other day can be written.
    REACH = (-730, 365)

    def __init__(self, asked: Mapping[str, str], *, today: date, keep: Sequence[str] = ()) -> None:
        super().__init__({"as_of": asked.get("as_of") or today.isoformat()})
        self.today = today
        self.kept = {name: asked[name] for name in keep if asked.get(name)}

    @cached_property
    def day(self) -> date:
        """The day to show."""
        found: date | None = self.cleaned_data.get("as_of") if self.is_valid() else None
        return found or self.today

    @property
    def written(self) -> str:
        """What stands in the field: what was asked for, as it was written."""
        return str(self.data["as_of"])

    @property
    def last_day(self) -> str:
        """The last day that can be asked for, as the field takes it."""
        return LAST_DAY.isoformat()

    @property
    def status(self) -> int:
        """The status to answer with: 400 where the day that was asked for is none."""
        return 200 if self.is_valid() else 400

    @property
    def is_forecast(self) -> bool:
        return self.day > self.today

    @property
    def is_past(self) -> bool:
        return self.day < self.today

    @property
    def query(self) -> str:
        """What keeps a link to another page on the day; nothing for today, where a link leads by itself."""
        return "" if self.day == self.today else f"?as_of={self.day.isoformat()}"

    @property
    def shortcuts(self) -> list[Shortcut]:
        days = (
            (_("A year ago"), _a_year_before(self.today)),
            (_("Today"), self.today),
            (_("In 90 days"), self.today + timedelta(days=FORECAST_DAYS)),
        )
        return [Shortcut(words, day, self._query_on(day)) for words, day in days]

    @property
    def slider(self) -> Slider:
        """Where the slider stands, in days from today, at an end of it for a day beyond."""
        first, last = self.REACH
        return Slider(first, last, min(max((self.day - self.today).days, first), last))

    def _query_on(self, day: date) -> str:
        return "?" + urlencode({"as_of": day.isoformat(), **self.kept})


def _a_year_before(today: date) -> date:
    """The same day of the year before; of a leap day, the day before it."""
    try:
        return today.replace(year=today.year - 1)
    except ValueError:
        return today.replace(year=today.year - 1, day=28)
