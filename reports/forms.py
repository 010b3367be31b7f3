"""What readers may ask of a report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.days import LAST_DAY, day

FORECAST_DAYS = 90


class Shortcut(NamedTuple):
    """A day that readers often want, with the words of its link."""

    words: Any
    day: date


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
    """The day that a report is about; without one, or with a bad one, today."""

    as_of = DayField(label=_("As of"), required=False)

    def __init__(self, asked: Mapping[str, str], *, today: date) -> None:
        super().__init__({"as_of": asked.get("as_of") or today.isoformat()})
        self.today = today

    @property
    def day(self) -> date:
        """The day to show."""
        found: date | None = self.cleaned_data.get("as_of") if self.is_valid() else None
        return found or self.today

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
        """What keeps a link on the day; nothing for today, which is where a link leads by itself."""
        return "" if self.day == self.today else f"?as_of={self.day.isoformat()}"

    @property
    def shortcuts(self) -> list[Shortcut]:
        return [
            Shortcut(_("A year ago"), _a_year_before(self.today)),
            Shortcut(_("Today"), self.today),
            Shortcut(_("In 90 days"), self.today + timedelta(days=FORECAST_DAYS)),
        ]


def _a_year_before(today: date) -> date:
    """The same day of the year before; of a leap day, the day before it."""
    try:
        return today.replace(year=today.year - 1)
    except ValueError:
        return today.replace(year=today.year - 1, day=28)
