"""Printing a benchmark's table and keeping it as JSON under benchmarks/results (ignored by git)."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


FOLDER = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Row:
    """One measured thing: our figure, the usual way's, the floor's, and a ratio with its goal (``way`` it is met)."""

    name: str
    ours: float
    stock: float | None = None
    floor: float | None = None
    ratio: float | None = None
    goal: float | None = None
    way: str = "<="

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.ratio is None or self.goal is None:
            return None
        return self.ratio >= self.goal if self.way == ">=" else self.ratio <= self.goal


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.4f}" if abs(value) < 0.01 else f"{value:.2f}"


def table(rows: list[Row]) -> str:
    """The rows as text."""
    lines = [f"{'':<42}{'ours':>9}{'stock':>9}{'floor':>9}{'ratio':>9}{'goal':>9}"]
    for row in rows:
        goal = "—" if row.goal is None else f"{row.way}{row.goal:g}"
        verdict = {True: "met", False: "NOT met", None: ""}[row.met]
        figures = "".join(f"{_number(value):>9}" for value in (row.ours, row.stock, row.floor, row.ratio))
        lines.append(f"{row.name:<42}{figures}{goal:>9}  {verdict}".rstrip())
    return "\n".join(lines)


def finish(name: str, found: dict[str, Any], rows: list[Row], notes: list[str]) -> None:
    """Print the table with its notes, and keep everything that was measured."""
    print(table(rows))
    print("\n".join(f"  {line}" for line in notes), flush=True)
    content = {"found": found, "rows": [asdict(row) | {"met": row.met} for row in rows], "notes": notes}
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    print(f"  benchmarks/results/{file.name}\n", flush=True)
