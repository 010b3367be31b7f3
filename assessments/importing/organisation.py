"""organisation.csv: what is decided once for everybody, so that an export gives the same reports elsewhere."""

from __future__ import annotations

from roles.models import EvidencePolicy, Organisation, Role
from roles.services import set_evidence_policy, set_role_of_everyone

from . import cells
from .problems import BadCell
from .sources import Source
from .tables import Column, Context, Outcome, parsed_rows

SETTINGS = ("evidence_policy", "role_of_everyone")


class SettingTable:
    """Sets what the file names and leaves the rest as it is."""

    def __init__(self, context: Context) -> None:
        self.columns = [
            Column("setting", "setting", cells.one_of("setting", {name: name for name in SETTINGS})),
            Column("value", "value", cells.text_up_to(64)),
        ]
        role = cells.known("role", context.roles, file="roles.csv")
        policy = cells.one_of("policy", {value: value for value in EvidencePolicy.values})
        self.values: dict[str, cells.Parser] = {
            "evidence_policy": policy,
            "role_of_everyone": lambda code: role(code) if code else None,
        }

    def take(self, source: Source, context: Context) -> Outcome:
        """Read and check the file, and set what it says, unless something is wrong."""
        outcome = Outcome(source.name)
        wanted: dict[str, object] = {}
        cells_of: dict[str, tuple[int, str]] = {}
        for line, (setting, text) in parsed_rows(source, self.columns, context.problems):
            if setting in wanted:
                context.problems.add(source.name, line, "setting", f"'{setting}' stands in an earlier line already")
                continue
            cells_of[setting] = line, text
            try:
                wanted[setting] = self.values[setting](text)
            except BadCell as bad:
                context.problems.add(source.name, line, "value", str(bad))
        changed = {setting: value for setting, value in wanted.items() if value != _stands()[setting]}
        outcome.changed, outcome.unchanged = len(changed), len(wanted) - len(changed)
        self._watch({setting: cells_of[setting] for setting in changed}, source, context)
        if not context.problems:
            _set(changed)
        context.everyone_touched |= bool(changed)
        return outcome

    def _watch(self, changed: dict[str, tuple[int, str]], source: Source, context: Context) -> None:
        if context.watch is None:
            return
        context.watch.begin(source.name, self.columns, key=1)
        role = Role.objects.filter(held_by_everyone=True).values_list("code", flat=True).first()
        stands = {"evidence_policy": Organisation.current().evidence_policy, "role_of_everyone": role}
        for setting, (line, text) in changed.items():
            context.watch.change(line, (setting, stands[setting]), (setting, text))


def _stands() -> dict[str, object]:
    role = Role.objects.filter(held_by_everyone=True).values_list("pk", flat=True).first()
    return {"evidence_policy": Organisation.current().evidence_policy, "role_of_everyone": role}


def _set(changed: dict[str, object]) -> None:
    if "evidence_policy" in changed:
        set_evidence_policy(policy=EvidencePolicy(str(changed["evidence_policy"])))
    if "role_of_everyone" in changed:
        role = changed["role_of_everyone"]
        set_role_of_everyone(role=Role.objects.get(pk=role) if isinstance(role, int) else None)
