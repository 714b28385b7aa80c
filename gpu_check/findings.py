"""What the parts find: one JSON object a line as it comes, together one JSON file, and a table for docs/gpu.md."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PASSED, FAILED, SKIPPED, MEASURED = "passed", "failed", "skipped", "measured"


@dataclass(frozen=True)
class Finding:
    """One line of the result.

    Attributes:
        part: that found it.
        check: what was looked at.
        outcome: passed, failed, skipped, or measured where there is nothing to fail.
        value: a number, in `unit`; None where there is none.
        note: why, or under which conditions.
    """

    part: str
    check: str
    outcome: str
    value: float | None = None
    unit: str = ""
    note: str = ""


class Findings:
    """The lines of one part, appended to a file and flushed one by one: what ends the process later costs no earlier one."""

    def __init__(self, part: str, path: Path) -> None:
        self._part, self._path = part, path

    def passed(self, check: str, value: float | None = None, unit: str = "", note: str = "") -> None:
        self._add(Finding(self._part, check, PASSED, value, unit, note))

    def failed(self, check: str, value: float | None = None, unit: str = "", note: str = "") -> None:
        self._add(Finding(self._part, check, FAILED, value, unit, note))

    def skipped(self, check: str, note: str) -> None:
        self._add(Finding(self._part, check, SKIPPED, note=note))

    def measured(self, check: str, value: float, unit: str, note: str = "") -> None:
        self._add(Finding(self._part, check, MEASURED, value, unit, note))

    def within(self, check: str, value: float, most: float, unit: str = "", note: str = "") -> None:
        """Passed where the value is no more than `most`, and a number."""
        kept = self.passed if value <= most else self.failed
        kept(check, value, unit, f"at most {most:g}{'; ' if note else ''}{note}")

    def _add(self, finding: Finding) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(finding)) + "\n")
            file.flush()
            os.fsync(file.fileno())


def read(path: Path) -> list[Finding]:
    """The lines that were written in full."""
    if not path.exists():
        return []
    return [
        Finding(**json.loads(line))
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]


def table(findings: Sequence[Finding]) -> str:
    """A table in Markdown."""
    rows = [
        f"| {each.part} | {each.check.replace('|', '/')} | {each.outcome} | {_number(each)} | {each.note.replace('|', '/')} |\n"
        for each in findings
    ]
    return "| part | check | outcome | value | note |\n|---|---|---|---|---|\n" + "".join(rows)


def _number(finding: Finding) -> str:
    return "" if finding.value is None else f"{finding.value:.4g} {finding.unit}".strip()
