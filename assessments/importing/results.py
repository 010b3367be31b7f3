"""results.csv: recorded in the order of the file; what is recorded is never changed by an import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from assessments.models import AssessmentResult, Method
from roles.bulk import InTurn, batches, insert_rows, worked_behind
from roles.filling import filled_at_once
from roles.progress import report

from . import cells
from .problems import shown
from .sources import Source
from .tables import (
    BATCH,
    Column,
    Context,
    Outcome,
    Parsed,
    competency_column,
    not_before,
    parsed_rows,
    person_column,
    with_first_lines,
)

_BESIDE = ["recorded_at", "withdrawn_reason"]
#: So many columns, the last, hold words, which are gone once a result is pseudonymised.
WORDS = 2


class ResultTable:
    """Adds results. A `result_id` sent again with the same content changes nothing, and with other is refused."""

    def __init__(self, context: Context, at: datetime) -> None:
        self.at = at
        self.columns = [
            Column("result_id", "result_id", cells.text_up_to(100, needed=True), differs=True),
            person_column(context),
            competency_column(context),
            Column("level", "level", cells.whole_number("level", 0, 4)),
            Column("method", "method", cells.one_of("method", {method: method for method in Method.values})),
            Column("assessed_on", "assessed_on", cells.day),
            Column("expires_on", "expires_on", cells.day_or_none),
            Column("assessor", "assessor", cells.text_up_to(200)),
            Column("evidence", "evidence", cells.text_up_to(2_000), differs=True),
        ]
        self.check = not_before(6, 5, ("expires_on", "assessed_on"))

    def take(self, source: Source, context: Context) -> Outcome:
        """Read, check and write the whole file; what is wrong goes to the context's problems."""
        outcome = Outcome(source.name)
        if context.watch is not None:
            context.watch.begin(source.name, self.columns, key=1)
        some_stored = AssessmentResult.objects.exists()
        with filled_at_once(AssessmentResult), worked_behind() as behind:
            writes = InTurn(behind)
            # While one batch is written, the next is read from the file.
            for batch in batches(self._sound_rows(source, context), BATCH):
                writes.wait()
                stored = self._stored(batch) if some_stored else {}
                new = [row for row in batch if self._is_new(row, stored, source, context)]
                outcome.added += len(new)
                outcome.unchanged += len(batch) - len(new)
                if context.watch is not None:
                    for row in new:
                        context.watch.change(row.line, None, row.values)
                if not context.problems:
                    self._tell(new, context)
                    writes(partial(self._insert, new, context))
                report(source.name, outcome.added + outcome.unchanged)
            writes.wait()
        return outcome

    def _sound_rows(self, source: Source, context: Context) -> Iterator[Parsed]:
        for row, first in with_first_lines(parsed_rows(source, self.columns, context.problems), key=1):
            if first != row.line:
                context.problems.add(
                    source.name, row.line, "result_id", f"{shown(row.values[0])} stands in line {first} already"
                )
            elif wrong := self.check(row):
                context.problems.add(source.name, row.line, *wrong)
            else:
                yield row

    def _stored(self, batch: list[Parsed]) -> dict[str, tuple[Any, ...]]:
        """What is on record, by id, by column; the last ones, words, are missing where they are gone."""
        rows = AssessmentResult.objects.filter(result_id__in=[row.values[0] for row in batch]).order_by()
        attributes = [column.attribute for column in self.columns]
        return {
            values[0]: tuple(values[:-WORDS] if forgotten else values)
            for *values, forgotten in rows.values_list(*attributes, "pseudonymised_at")
        }

    def _is_new(self, row: Parsed, stored: dict[str, tuple[Any, ...]], source: Source, context: Context) -> bool:
        """Whether the row is to be recorded; one that would change what is recorded goes to the problems."""
        was = stored.get(row.values[0])
        if was is None:
            return True
        if was != row.values[: len(was)]:
            other = next(c.name for c, old, new in zip(self.columns, was, row.values, strict=False) if old != new)
            context.problems.add(
                source.name,
                row.line,
                "result_id",
                f"{shown(row.values[0])} is recorded with another {other}; withdraw it and send a new result_id",
            )
        return False

    def _tell(self, new: list[Parsed], context: Context) -> None:
        attributes = [column.attribute for column in self.columns]
        context.told.new(AssessmentResult, [*attributes, *_BESIDE], [(*row.values, self.at, "") for row in new])

    def _insert(self, new: list[Parsed], context: Context) -> None:
        attributes = [column.attribute for column in self.columns]
        insert_rows(AssessmentResult, [*attributes, *_BESIDE], ((*row.values, self.at, "") for row in new))
        context.touched.update(row.values[1] for row in new)
