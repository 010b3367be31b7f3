"""The measures of the contract's section 3, added up from how many people stand how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Self

from .standings import State, state_of

#: From this level on somebody can be relied on in a competency.
HOLDER_LEVEL = 3


class Cells(NamedTuple):
    """How many people stand alike in one competency. `required` and `weight` are None where nothing is required."""

    people: int
    required: int | None
    weight: int | None
    level: int | None
    verified: bool | None
    state: State

    def measured_by(self, required: int, weight: int) -> Cells:
        """The same people against another requirement, such as that of one role by itself."""
        exempt, expired = self.state == State.EXEMPT, self.state == State.EXPIRED
        state = state_of(required=required, level=self.level, exempt=exempt, expired=expired)
        return self._replace(required=required, weight=weight, state=state)


#: What is counted of `Measures`: all but `required`, which is the sum of the four states.
COUNTED = (
    "met",
    "met_verified",
    "gap",
    "not_assessed",
    "expired",
    "exempt",
    "deficit",
    "holders",
    "weight_reached",
    "weight_required",
)


#: That in which those are counted who hold HOLDER_LEVEL or more.
HOLDERS = COUNTED.index("holders")
#: What is counted, as numbers in the order of COUNTED.
Counts = Sequence[int]
NOTHING: Counts = (0,) * len(COUNTED)


def total(parts: Iterable[Counts]) -> Counts:
    """What all of them count together."""
    return tuple(map(sum, zip(*parts, strict=True))) or NOTHING


class Measures:
    """The measures of section 3, to which cells and other measures can be added."""

    __slots__ = (
        "deficit",
        "exempt",
        "expired",
        "gap",
        "holders",
        "met",
        "met_verified",
        "not_assessed",
        "required",
        "weight_reached",
        "weight_required",
    )

    def __init__(self) -> None:
        self.required = self.met = self.met_verified = self.gap = self.not_assessed = self.expired = 0
        self.exempt = self.deficit = self.holders = self.weight_reached = self.weight_required = 0

    @classmethod
    def counted(cls, counts: Counts) -> Self:
        """The measures that count this."""
        made = cls.__new__(cls)
        (
            made.met,
            made.met_verified,
            made.gap,
            made.not_assessed,
            made.expired,
            made.exempt,
            made.deficit,
            made.holders,
            made.weight_reached,
            made.weight_required,
        ) = counts
        made.required = made.met + made.gap + made.not_assessed + made.expired
        return made

    def add(self, cells: Cells) -> None:
        """Count the people of these cells."""
        people, required, weight, level, verified, state = cells
        if level is not None and level >= HOLDER_LEVEL:
            self.holders += people
        if required is None or weight is None:
            return
        if state == State.EXEMPT:
            self.exempt += people
            return
        self.required += people
        reached = min(level or 0, required)
        self.deficit += people * (required - reached)
        self.weight_reached += people * weight * reached
        self.weight_required += people * weight * required
        if state == State.MET:
            self.met += people
            self.met_verified += people if verified else 0
        elif state == State.GAP:
            self.gap += people
        elif state == State.EXPIRED:
            self.expired += people
        else:
            self.not_assessed += people

    def include(self, other: Measures) -> None:
        """Add what another one counts."""
        # One by one, which takes a fifth of the time of a loop over the names; a trend does it for every day.
        self.required += other.required
        self.met += other.met
        self.met_verified += other.met_verified
        self.gap += other.gap
        self.not_assessed += other.not_assessed
        self.expired += other.expired
        self.exempt += other.exempt
        self.deficit += other.deficit
        self.holders += other.holders
        self.weight_reached += other.weight_reached
        self.weight_required += other.weight_required

    def exclude(self, other: Measures) -> None:
        """Take away what another one counts, which is part of this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) - getattr(other, name))

    @property
    def concerns_somebody(self) -> bool:
        """Whether anybody has a required level here, exempt or not."""
        return self.required + self.exempt > 0

    @property
    def met_claimed(self) -> int:
        """Those of `met` whose deciding result is a claim."""
        return self.met - self.met_verified

    @property
    def coverage(self) -> float | None:
        """`met / required`, to four decimals; None where nothing is required."""
        return share(self.met, self.required)

    @property
    def verified_coverage(self) -> float | None:
        """`met_verified / required`, to four decimals; None where nothing is required."""
        return share(self.met_verified, self.required)

    @property
    def readiness(self) -> float | None:
        """Weighted levels reached over weighted levels required, to four decimals; None where nothing is required."""
        return share(self.weight_reached, self.weight_required)

    @property
    def counts(self) -> Counts:
        """What is counted."""
        return tuple(getattr(self, name) for name in COUNTED)

    def as_dict(self) -> dict[str, Any]:
        """The measures of `totals` by their names in the contract, in its order."""
        return in_words(self.counts, {})


def in_words(counts: Counts, told: dict[str, Any]) -> dict[str, Any]:
    """The measures of `totals` by their names in the contract, in its order; behind what is `told` already."""
    # One by one, since a report of a whole organisation asks for some three hundred of them.
    met, verified, gap, not_assessed, expired, exempt, deficit, _, reached, weighted = counts
    told["required"] = required = met + gap + not_assessed + expired
    told["met"] = met
    told["met_verified"] = verified
    told["gap"] = gap
    told["not_assessed"] = not_assessed
    told["expired"] = expired
    told["exempt"] = exempt
    told["deficit"] = deficit
    told["coverage"] = share(met, required)
    told["verified_coverage"] = share(verified, required)
    told["readiness"] = share(reached, weighted)
    return told


#: The measures of `totals`, in the order in which every interface gives them.
MEASURES = (
    "required",
    "met",
    "met_verified",
    "gap",
    "not_assessed",
    "expired",
    "exempt",
    "deficit",
    "coverage",
    "verified_coverage",
    "readiness",
)


class Percent(NamedTuple):
    """A share in whole percent; `sign` is `<` or `>` where the number would otherwise read as nothing or as all."""

    sign: str
    number: int


def in_percent(share: float) -> Percent:
    """A share from 0 to 1 for people to read, a half rounded up."""
    whole = int((Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if whole == 0 and share > 0:
        return Percent("<", 1)
    if whole == 100 and share < 1:  # noqa: PLR2004
        return Percent(">", 99)
    return Percent("", whole)


def share(part: int, whole: int) -> float | None:
    """The part of the whole to four decimals, as `round` gives it; None where the whole is 0."""
    if not whole:
        return None
    # In whole numbers, which takes half as long. Halfway between two, it depends on what a float is.
    number, rest = divmod(20_000 * part + whole, 2 * whole)
    return number / 10_000 if rest else round(part / whole, 4)
