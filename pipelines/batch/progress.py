"""How far a batch is: a bar on a terminal, a line per report in a log, JSON lines for programs."""

import json
import shutil
import sys
import time
from typing import IO, Any


BAR, LINES, JSON = "bar", "lines", "json"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


class Progress:
    """Told of every finished report; says it in one of three ways. ``why`` adds the reason of each."""

    def __init__(self, total: int, mode: str = "", why: bool = False, out: IO[str] | None = None):
        self._out = out or sys.stdout
        self.mode = mode or (BAR if self._out.isatty() else LINES)
        self.total, self.done, self.made, self.failed = total, 0, 0, 0
        self._why = why
        self._started = time.monotonic()

    def start(self, **facts: Any) -> None:
        """Say how many reports there are."""
        self._started = time.monotonic()
        if self.mode == JSON:
            self._json("start", reports=self.total, **facts)
        else:
            self._print(f"共 {self.total} 份报告。")

    def report(self, outcome: dict[str, Any]) -> None:
        """One report is finished: made, unchanged or failed."""
        self.done += 1
        self.failed += outcome["state"] == "failed"
        self.made += outcome["state"] == "done" and bool(outcome["reason"])
        job = outcome["job"]
        if self.mode == JSON:
            kept = {k: outcome.get(k) for k in ("state", "reason", "error", "cell", "seconds", "warnings")}
            self._json("report", town=job["town_name"], theme=job["theme"], **kept)
            return
        if self.mode == LINES or self._why:
            if self.mode == BAR:
                self._print("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r", end="")
            self._print(
                f"[{self.done}/{self.total}] {job['town_name']} {job['theme_title']}　{self._said(outcome)}"
            )
        for warning in outcome.get("warnings") or ():
            self._print(f"  提示：{job['town_name']} {job['theme_title']}：{warning}")
        if self.mode == BAR:
            self._bar()

    def _said(self, outcome: dict[str, Any]) -> str:
        if outcome["state"] == "failed":
            return "失败"
        if not outcome["reason"]:
            return "未变化，沿用"
        return f"已生成（{outcome['reason']}）" if self._why else "已生成"

    def _bar(self) -> None:
        passed = max(time.monotonic() - self._started, 1e-6)
        rate = self.done / passed
        width = 24
        full = width * self.done // max(self.total, 1)
        failed = f"　失败 {self.failed}" if self.failed else ""
        left = _clock((self.total - self.done) / rate)
        text = f"[{'█' * full}{'·' * (width - full)}] {self.done}/{self.total}　{rate:.1f} 份/秒　剩余 {left}{failed}"
        self._print("\r" + text, end="")

    def end(self) -> None:
        """Say what was done, and how fast."""
        passed = time.monotonic() - self._started
        counts = {
            "made": self.made,
            "unchanged": self.done - self.made - self.failed,
            "failed": self.failed,
        }
        if self.mode == JSON:
            self._json("end", seconds=round(passed, 3), **counts)
            return
        if self.mode == BAR:
            self._print("")
        rate = f"，每秒 {self.done / passed:.1f} 份" if passed > 0 else ""
        self._print(
            f"生成 {counts['made']} 份，未变化沿用 {counts['unchanged']} 份，失败 {counts['failed']} 份；用时 {_clock(passed)}{rate}。"
        )

    def _json(self, event: str, **facts: Any) -> None:
        self._print(json.dumps({"event": event, **facts}, ensure_ascii=False, sort_keys=True))

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, flush=True, file=self._out)
