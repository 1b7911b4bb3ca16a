"""monitoring.toml as typed values, and where everything lies on disk.

The project root is the folder that holds monitoring.toml: ``EDUREPORT_ROOT`` if set, else the nearest one at or
above the working folder, else the checkout this package was installed from.
"""

import datetime as dt
import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.configcheck.finding import refuse
from pipelines.configcheck.settings_file import settings_findings
from pipelines.configcheck.tomlfile import Toml, key_lines, syntax_finding
from pipelines.errors import ConfigError
from pipelines.limits import Limits


SETTINGS_FILE = "monitoring.toml"
CODE_EDITIONS = ("MCA-2026", "NBS-2023")
EDITIONS = ("internal", "public")


def find_root(start: Path | None = None) -> Path:
    """The project root (see the module's docstring); ConfigError if there is none."""
    if forced := os.environ.get("EDUREPORT_ROOT"):
        return Path(forced).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise ConfigError(f"找不到设置文件 {SETTINGS_FILE}。", "请在项目文件夹里运行命令。")


@dataclass(frozen=True)
class Threshold:
    """A limit with its unit and the document it comes from."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True)
class Paths:
    """Every folder and file name of the project (contract.md section 2)."""

    root: Path

    @property
    def reference(self) -> Path:
        """Reference data: towns, standards, code lists, table contract, texts."""
        return self.root / "data" / "reference"

    @property
    def notebooks(self) -> Path:
        """The notebooks analysts edit."""
        return self.root / "notebooks"

    @property
    def expectations(self) -> Path:
        """The Great Expectations suites, one JSON per table."""
        return self.root / "expectations"

    def raw(self, dataset: str, period: object = "") -> Path:
        """Files as received; never written by the pipeline (the demo generator excepted)."""
        return self.root / "data" / "raw" / dataset / str(period)

    def clean(self, dataset: str, period: object = "") -> Path:
        """Typed tables without names and ID numbers."""
        return self.root / "data" / "clean" / dataset / str(period)

    def identity(self, dataset: str, period: object) -> Path:
        """Names, ID numbers and free text, apart, mode 0600."""
        return self.clean(dataset, period) / "identity"

    def quality(self, dataset: str, period: object) -> Path:
        """Check results of one period."""
        return self.root / "reports" / dataset / str(period) / "quality"

    def releases(self, dataset: str) -> Path:
        """The records of what was published; kept by ``make clean``, part of the backup."""
        return self.root / "data" / "releases" / dataset

    def reports(self, dataset: str) -> Path:
        """All reports of a dataset."""
        return self.root / "reports" / dataset

    def report(self, dataset: str, period: object, edition: str, town: str) -> Path:
        """The folder of one town's reports."""
        return self.root / "reports" / dataset / str(period) / edition / town

    @property
    def key_file(self) -> Path:
        """The pseudonym key: outside the repository, one per user and machine unless ``EDUREPORT_KEY_FILE`` says."""
        if forced := os.environ.get("EDUREPORT_KEY_FILE"):
            return Path(forced)
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return config / "edureport" / "pseudonym.key"


@dataclass(frozen=True)
class Settings:
    """All settings; ``text`` is the file as read, for its hash in the provenance."""

    root: Path
    text: str
    content: dict[str, Any]

    @classmethod
    def load(cls, root: Path | None = None) -> "Settings":
        """Read monitoring.toml under the root; ConfigError with the line if it is not valid."""
        folder = root or find_root()
        file = folder / SETTINGS_FILE
        try:
            text = file.read_text(encoding="utf-8-sig")  # Windows editors add a mark in front
            content = tomllib.loads(text)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"读不了设置文件 {SETTINGS_FILE}。", "请确认文件存在，并以 UTF-8 保存。"
            ) from error
        except tomllib.TOMLDecodeError as error:
            refuse([syntax_finding(SETTINGS_FILE, error, text)])
            raise
        settings = cls(folder, text, content)
        # what is missing falls back or is refused where it is used; a wrong value never stands
        wrong = settings_findings(Toml(SETTINGS_FILE, content, key_lines(text)))
        refuse(finding for finding in wrong if not finding.what.startswith("缺少"))
        settings.validate()
        return settings

    def validate(self) -> None:
        """ConfigError if a section that every report needs is missing or wrong."""
        for section, key in [
            ("county", "name"),
            ("county", "code"),
            ("county", "bureau"),
            ("defaults", "dataset"),
        ]:
            if not isinstance(self.content.get(section, {}).get(key), str):
                raise ConfigError(f"设置文件 {SETTINGS_FILE} 缺少 [{section}] {key}。", "请补上这一项。")
        for name in self.content.get("thresholds", {}):
            self.threshold(name)
        for dataset in ("", *self.content.get("datasets", {})):
            if self.code_edition(dataset) not in CODE_EDITIONS:
                raise ConfigError(
                    f"区划代码版本“{self.code_edition(dataset)}”不认识。",
                    f"可用：{'、'.join(CODE_EDITIONS)}。",
                )

    @cached_property
    def paths(self) -> Paths:
        """Where everything lies."""
        return Paths(self.root)

    @property
    def county_name(self) -> str:
        """安丘市"""
        return self.content["county"]["name"]

    @property
    def county_code(self) -> str:
        """Six digits."""
        return self.content["county"]["code"]

    @property
    def bureau(self) -> str:
        """The office that issues the reports."""
        return self.content["county"]["bureau"]

    @property
    def letterhead(self) -> str:
        """The red heading (版头) above the title of every report; empty unless monitoring.toml has one."""
        return str(self.content.get("letterhead", {}).get("text", ""))

    @property
    def default_dataset(self) -> str:
        """Used when DATASET is not given."""
        return self.content["defaults"]["dataset"]

    @property
    def default_edition(self) -> str:
        """Used when EDITION is not given."""
        return self.content["defaults"].get("edition", "internal")

    @property
    def engine(self) -> str:
        """How notebooks are run: ``fork``, ``kernel`` or ``auto`` ([execution] engine)."""
        return str(self.content.get("execution", {}).get("engine", "auto"))

    def limits(self) -> Limits:
        """What one notebook may use ([execution]); ConfigError if a limit is no whole number."""
        written = self.content.get("execution", {})
        wanted = {name: written[name] for name in Limits.__dataclass_fields__ if name in written}
        for name, value in wanted.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ConfigError(
                    f"设置文件 {SETTINGS_FILE} 的 [execution] {name} 不是整数。", "请写不小于 0 的整数。"
                )
        return Limits(**wanted)

    def is_demo(self, dataset: str) -> bool:
        """Whether every page must say 演示数据."""
        return bool(self.content.get("datasets", {}).get(dataset, {}).get("demo", False))

    def code_edition(self, dataset: str) -> str:
        """The edition of nine-digit codes in the dataset's 户口所在地: MCA-2026 or NBS-2023."""
        own = self.content.get("datasets", {}).get(dataset, {}).get("code_edition")
        return own or self.content["defaults"].get("code_edition", "MCA-2026")

    def threshold(self, name: str) -> Threshold:
        """A threshold by name; ConfigError if it or its source is missing."""
        entry = self.content.get("thresholds", {}).get(name)
        place = f"设置文件 {SETTINGS_FILE} 的 [thresholds.{name}]"
        if not isinstance(entry, dict) or "value" not in entry or not entry.get("source"):
            raise ConfigError(f"{place} 缺少 value 或 source。", "请补全。")
        if isinstance(entry["value"], bool) or not isinstance(entry["value"], int | float):
            raise ConfigError(
                f"{place} 的 value 不是数字：“{entry['value']}”。",
                "只写数字，不加引号和单位，例如 value = 30。",
            )
        return Threshold(entry["value"], entry.get("unit", ""), entry["source"])

    def threshold_texts(self) -> dict[str, str]:
        """All thresholds as printed in sentences, by name: ``{"transfer_days": "30", …}``."""
        return {name: f"{self.threshold(name).value:g}" for name in self.content.get("thresholds", {})}

    def due(self, name: str, data_date: dt.date) -> dt.date:
        """The day by which a kind of action is due: so many days from the day on which the report is to be issued."""
        wait = int(self.content.get("deadlines", {}).get("issue_days", 0))
        return data_date + dt.timedelta(days=wait + self.deadline_days(name))

    def deadline_days(self, name: str) -> int:
        """Days that a kind of action may take."""
        try:
            return int(self.content["deadlines"][name])
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"设置文件 {SETTINGS_FILE} 的 [deadlines] 缺少 {name}。", "请写上天数。"
            ) from error
