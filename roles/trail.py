"""What is changed in one go becomes one event of the audit trail.

Models and querysets tell here what they change (recorded.py); whatever goes round them tells it itself. A service says
with `one_event` what all of that was; without a service each write is an event of its own. So no change is without an
event, whichever surface it came by, and none has two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import models, transaction

#: So many rows of one event are told with their values, and of rows that are new so many; the others are counted.
LISTED_AT_MOST, NEW_LISTED_AT_MOST = 10_000, 1_000

Values = Mapping[str, Any]
Key = tuple[type[models.Model], Any]


class RowChange(NamedTuple):
    """A row before and after, by attribute; None where there is none yet, or no more."""

    before: Values | None
    after: Values | None

    @property
    def how(self) -> str:
        """What became of it, in a word."""
        if self.before is None:
            return "added"
        return "changed" if self.after is not None else "removed"

    def then(self, later: RowChange) -> RowChange:
        """Both changes as one."""
        before, after = self.before, later.after
        if before is not None and self.after is not None:
            before = {**(later.before or {}), **before}
        if self.after is not None and after is not None:
            after = {**self.after, **after}
        return RowChange(before, after)


class Told:
    """What one event is going to say."""

    def __init__(self, action: str = "", subject: str = "", by: str = "") -> None:
        self.action, self.subject = action, subject
        #: The user name of who did it, for where `acting` says nobody.
        self.by = by
        self.rows: dict[Key, RowChange] = {}
        #: How many rows were counted and not listed, as `person added`.
        self.counts: Counter[str] = Counter()
        #: What the event says beside the rows.
        self.facts: dict[str, Any] = {}
        #: What rows that others refer to are called, as far as it was at hand.
        self.names: dict[Key, str] = {}
        self._new = 0

    def __bool__(self) -> bool:
        return bool(self.rows or self.counts or self.facts)

    def row(self, model: type[models.Model], pk: Any, before: Values | None, after: Values | None) -> None:
        """Tell that a row was changed; of one that is changed twice, the first before and the last after count."""
        change, key = RowChange(before, after), (model, pk)
        known = self.rows.get(key)
        if known is not None:
            change = known.then(change)
            if change == (None, None):
                del self.rows[key]
                return
        elif len(self.rows) >= LISTED_AT_MOST or (before is None and self._new >= NEW_LISTED_AT_MOST):
            self.count(model, change.how)
            return
        else:
            self._new += before is None
        self.rows[key] = change

    def new(
        self, model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]], *, key: int = 1
    ) -> None:
        """Tell of new rows, by the values of these attributes, of which the leading `key` tell them apart."""
        room = max(NEW_LISTED_AT_MOST - self._new, 0)
        for row in rows[:room]:
            self.row(model, tuple(row[:key]), None, dict(zip(names, row, strict=True)))
        self.count(model, "added", len(rows) - room)

    def count(self, model: type[models.Model], how: str, rows: int = 1) -> None:
        """Tell that so many rows were `added`, `changed` or `removed`, without their values."""
        if rows > 0:
            self.counts[f"{model._meta.model_name} {how}"] += rows

    def taken_back(self, before: tuple[dict[Key, RowChange], Counter[str], dict[str, Any], int]) -> None:
        """Forget what was told since `so_far` gave `before`: it has been rolled back."""
        self.rows, self.counts, self.facts, self._new = before

    def so_far(self) -> tuple[dict[Key, RowChange], Counter[str], dict[str, Any], int]:
        """What has been told so far, to go back to."""
        return dict(self.rows), Counter(self.counts), dict(self.facts), self._new


#: Writes an event of what was told, at the end of the transaction; audit.py sets it, since it knows the models.
_writer: list[Callable[[Told], None]] = []
_telling: ContextVar[Told | None] = ContextVar("telling", default=None)


def written_by(writer: Callable[[Told], None]) -> None:
    """Have events written by this function."""
    _writer[:] = [writer]


@contextmanager
def one_event(action: str = "", subject: str = "", *, by: models.Model | None = None) -> Iterator[Told]:
    """One transaction, and one event for all that is told inside; none if nothing is, or if it fails.

    Inside another it joins that: the outermost says what it was. The event comes last, after the standings, because
    from then on the chain is held until the transaction ends.
    """
    outer = _telling.get()
    if outer is not None:
        with _part_of(outer, action, subject, str(by or "")):
            yield outer
        return
    told = Told(action, subject, str(by or ""))
    with transaction.atomic():
        token = _telling.set(told)
        try:
            yield told
        finally:
            _telling.reset(token)
        if told:
            _writer[0](told)


@contextmanager
def _part_of(outer: Told, action: str, subject: str, by: str) -> Iterator[None]:
    before = outer.so_far()
    if not outer.action:
        outer.action, outer.subject = action, outer.subject or subject
    outer.by = outer.by or by
    try:
        with transaction.atomic():
            yield
    except BaseException:
        outer.taken_back(before)
        raise
