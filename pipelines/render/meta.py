"""What a report is about: the ``edureport`` metadata of an executed notebook, with defaults for a bare one."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from pipelines.provenance import code_shown


@dataclass(frozen=True)
class ReportMeta:
    """Title, town, period, edition and provenance of one report; every field may be empty."""

    title: str = "监测报告"
    town_code: str = ""
    town: str = ""
    period: str = ""
    period_label: str = ""
    theme: str = ""
    edition: str = ""
    edition_label: str = ""
    dataset: str = ""
    demo: bool = False
    bureau: str = ""
    county: str = ""
    as_of: str = ""
    run_id: str = ""
    letterhead: str = ""
    compact: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, notebook: Any) -> "ReportMeta":
        """Read ``notebook.metadata.edureport``, else what ``report.title()`` left with its output, else defaults.

        The second is what a notebook exported from JupyterLab's menu has.
        """
        content = dict(notebook.metadata.get("edureport") or _shown_masthead(notebook))
        town = content.pop("town", None) or {}
        title = content.pop("title", "") or notebook.metadata.get("title", "") or cls.title
        own = {
            name: content[name]
            for name in cls.__dataclass_fields__
            if content.get(name) is not None and name in content
        }
        own.pop("town_code", None)
        return cls(
            **own, title=str(title), town=str(town.get("name", "")), town_code=str(town.get("code", ""))
        )

    @property
    def running(self) -> str:
        """The running header: town · period · edition."""
        return " · ".join(part for part in (self.town, self.period_label, self.edition_label) if part)

    @property
    def timestamp(self) -> dt.datetime:
        """The date of the data at midnight UTC: the only date a file may carry, so that bytes repeat."""
        try:
            day = dt.date.fromisoformat(self.as_of)
        except ValueError:
            day = dt.date(2000, 1, 1)
        return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The lines of the provenance block at the foot of a report."""
        lines = [
            ("编制单位", self.bureau),
            ("数据截止", self.as_of),
            ("数据集", f"{self.dataset}（演示数据）" if self.demo else self.dataset),
            ("报告编号", self.run_id),
            *(
                (_PROVENANCE.get(key, key), _shown(key, value))
                for key, value in sorted(self.provenance.items())
            ),
        ]
        return [(name, value) for name, value in lines if value]


def _shown_masthead(notebook: Any) -> dict[str, Any]:
    """The masthead in the metadata of the first output that has one."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if head := output.get("metadata", {}).get("edureport"):
                return head
    return {}


def _shown(key: str, value: Any) -> str:
    return code_shown(str(value)) if key == "code" else str(value)


_PROVENANCE = {"code": "程序版本", "settings": "设置摘要", "lock": "依赖摘要"}
