"""The named list behind a town's worklist (一人一案名单附件): an AES-256 encrypted PDF, made only when asked for.

The reports carry case numbers; this annex tells which child each number stands for. Every one is written into the
access log before it is made. Names are looked up in identity/ for the town's own worklist only, and never touch the
disk unencrypted.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pikepdf
import typst

from pipelines import accesslog, atomic, provenance, store
from pipelines.errors import ReportFailed, UsageError
from pipelines.indicators.actions import load_actions
from pipelines.periods import Period
from pipelines.render import fonts
from pipelines.settings import Settings
from pipelines.towns import Town
from pipelines.townview import WORKLIST


SHORTEST = 12
_TABLES = (
    "student_roll",
    "hukou_cohort",
    "dept_list",
    "left_behind",
    "dropout_case",
    "aid_payment",
    "roll_event",
)
_CASES = {"dropout_case": "case_id", "left_behind": "child_id"}
_LONG_NUMBER = re.compile(r"\d{14,}[\dXx]?")
_TEMPLATE = Path(__file__).parent / "annex.typ"
_UNKNOWN = "未找到"


def make_annex(
    settings: Settings, dataset: str, period: Period, town: Town, reason: str, passphrase: str
) -> tuple[Path, int]:
    """Write the annex of a town and period (0600); (file, number of rows).

    UsageError without a reason, with a weak pass phrase, or where there is nothing to name; ConfigError if the log
    or an identity file is open to others.
    """
    reason = checked_reason(reason)
    check_passphrase(passphrase)
    rows = named_rows(settings, dataset, period, town)
    if rows.empty:
        raise UsageError(f"{town.name} {period} 没有须列名的个案。", "没有生成附件。")
    name = "county" if town.is_county else town.name
    file = settings.paths.report(dataset, period, "internal", name) / f"{town.name}_{period}_名单附件.pdf"
    accesslog.record(
        settings,
        "annex",
        reason,
        dataset=dataset,
        period=str(period),
        town=town.code,
        rows=len(rows),
        file=file.name,
    )
    content = _encrypt(_pdf(town.name, period, rows, settings.is_demo(dataset)), passphrase)
    atomic.write_bytes(file, content, atomic.PRIVATE)
    accesslog.record(
        settings, "annex written", reason, file=file.name, sha256=provenance.sha256_bytes(content)
    )
    return file, len(rows)


def checked_reason(reason: str) -> str:
    """The reason as it is logged, long numbers hidden; UsageError if there is none."""
    reason = _LONG_NUMBER.sub("〔号码已隐去〕", " ".join(reason.split()))[:200]
    if len(reason) < 4:
        what = f"事由“{reason}”太短，看不出为什么要调取名单。" if reason else "没有写明调取名单的事由。"
        raise UsageError(what, "例如：make annex TOWN=景芝镇 REASON=九月入户劝返")
    return reason


def check_passphrase(passphrase: str) -> None:
    """UsageError if the pass phrase is too short or of too few different characters."""
    if len(passphrase) < SHORTEST or len(set(passphrase)) < 6:
        raise UsageError(
            "口令太弱。", f"请用至少 {SHORTEST} 个字符、至少 6 种不同字符，并通过另外的渠道告知对方。"
        )


def named_rows(settings: Settings, dataset: str, period: Period, town: Town) -> pd.DataFrame:
    """The town's cases with names: 事项, 编号, 姓名, 证件号, 学籍号 (未找到 where no identity is known)."""
    file = settings.paths.clean(dataset, period) / f"{WORKLIST}.parquet"
    if not file.is_file():
        raise UsageError(
            f"{dataset} {period} 还没有须办事项。", f"请先运行 make report TOWN={town.name} PERIOD={period}。"
        )
    filters = None if town.is_county else [("town", "==", town.code)]
    work = pd.read_parquet(file, filters=filters)
    order = [name for name in ("severity", "due") if name in work]  # the most urgent first, as on page one
    work = work.sort_values(order, kind="stable") if order else work
    people = _People(settings, dataset, period)
    actions = load_actions()
    rows = []
    for item, ref in work[["item", "ref"]].drop_duplicates().itertuples(index=False):
        if actions[item].unit != "人" and not str(ref).startswith("XS-"):
            continue
        found = people.find(str(ref))
        rows.append({"事项": actions[item].title, "编号": str(ref), **found})
    return pd.DataFrame(rows, columns=["事项", "编号", "姓名", "证件号", "学籍号"])


class _People:
    """Looks up who a case number or a short reference stands for."""

    def __init__(self, settings: Settings, dataset: str, period: Period):
        self._place = settings, dataset
        earlier = {
            Period.parse(p.name) for p in settings.paths.clean(dataset).iterdir() if _is_period(p.name)
        }
        self._periods = sorted((p for p in earlier if p <= period), reverse=True)
        self._frames: dict[tuple[Period, str], pd.DataFrame | None] = {}

    def _frame(self, period: Period, table: str) -> pd.DataFrame | None:
        """Keys of a clean table beside its identity."""
        if (period, table) not in self._frames:
            clean = store.read(*self._place, period, table)
            apart = store.read_identity(*self._place, period, table)
            joined = None
            if clean is not None and apart is not None:
                wanted = ("row_id", "id_key", "roll_key", "case_id", "child_id")
                keys = clean[[name for name in wanted if name in clean]]
                names = apart[[n for n in ("row_id", "name", "id_no", "roll_no") if n in apart]]
                joined = keys.merge(names, on="row_id")
            self._frames[period, table] = joined
        return self._frames[period, table]

    def find(self, ref: str) -> dict[str, str]:
        """姓名, 证件号, 学籍号 of one person."""
        keys = set(self._keys(ref))
        found = dict.fromkeys(("name", "id_no", "roll_no"), "")
        for row in self._rows(keys, ref.removeprefix("XS-") if ref.startswith("XS-") else None):
            for name, before in found.items():
                value = row.get(name)
                found[name] = before or ("" if value is None or pd.isna(value) else str(value))
            if all(found.values()):
                break
        titles = {"name": "姓名", "id_no": "证件号", "roll_no": "学籍号"}
        return {title: found[name] or _UNKNOWN for name, title in titles.items()}

    def _keys(self, ref: str) -> Iterator[str]:
        """The pseudonyms of a case or child number of the period itself."""
        for table, column in _CASES.items():
            frame = self._frame(self._periods[0], table)
            if frame is None or column not in frame:
                continue
            for row in frame[frame[column] == ref].to_dict("records"):
                yield from (str(row[k]) for k in ("id_key", "roll_key") if k in row and pd.notna(row[k]))

    def _rows(self, keys: set[str], prefix: str | None) -> Iterator[dict[Any, Any]]:
        """Rows of these keys (or keys that begin so), this period first; one roll key leads to its ID and back."""
        for period in self._periods:
            for table in _TABLES:
                frame = self._frame(period, table)
                if frame is None:
                    continue
                columns = [name for name in ("id_key", "roll_key") if name in frame]
                hit = pd.Series(False, index=frame.index)
                for column in columns:
                    hit |= frame[column].isin(keys)
                    if prefix:
                        hit |= frame[column].str.startswith(prefix, na=False).astype(bool)
                for row in frame[hit].to_dict("records"):
                    keys |= {str(row[c]) for c in columns if pd.notna(row[c])}
                    yield row


def _is_period(name: str) -> bool:
    return re.fullmatch(r"\d{4}Q[1-4]", name) is not None


def _pdf(town: str, period: Period, rows: pd.DataFrame, demo: bool) -> bytes:
    """The list as a PDF, in memory."""
    content = {
        "title": f"{town}{period.label}监测报告名单附件",
        "demo": demo,
        "header": list(rows.columns),
        "rows": [
            [fonts.replace_missing(str(value))[0] for value in row] for row in rows.itertuples(index=False)
        ],
    }
    sources: Any = {
        "main.typ": _TEMPLATE.read_bytes(),
        "annex.json": atomic.to_json(content).encode("utf-8"),
    }
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts.folders())
    try:
        made = typst.Compiler(font_paths=faces, ignore_system_fonts=True).compile(sources, format="pdf")
    except typst.TypstError:
        # The compiler quotes its input: names must not reach the screen.
        raise ReportFailed("名单附件排版失败。", "请联系系统维护人员。") from None
    assert isinstance(made, bytes)
    return made


def _encrypt(pdf: bytes, passphrase: str) -> bytes:
    """AES-256 (PDF 2.0, revision 6), metadata encrypted too."""
    buffer = io.BytesIO()
    protection = pikepdf.Encryption(
        user=passphrase,
        owner=passphrase,
        R=6,
        aes=True,
        metadata=True,
        allow=pikepdf.Permissions(extract=False),
    )
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(buffer, encryption=protection)
    return buffer.getvalue()


def read_passphrase(descriptor: str) -> str:
    """The pass phrase: the first line of a file descriptor (a number), or typed twice at the terminal.

    There is no other way in: words of the command line stand in the shell's history and in the list of processes.
    """
    if descriptor:
        return _from_descriptor(descriptor)
    import getpass

    try:
        with open("/dev/tty", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(
            "没有终端可以输入口令。", "请在终端里运行，或用 PASSFD= 指定一个可读的文件描述符。"
        ) from error
    first = getpass.getpass("请设置附件口令（输入时不显示）：")
    if first != getpass.getpass("再输入一次："):
        raise UsageError("两次输入的口令不一致。", "请重新运行。")
    return first


def _from_descriptor(descriptor: str) -> str:
    try:
        with os.fdopen(int(descriptor), encoding="utf-8", closefd=False) as handle:
            return next(iter(handle), "").rstrip("\r\n")
    except (ValueError, OSError, UnicodeDecodeError) as error:
        raise UsageError("读不了指定的文件描述符。", "例如：make annex … PASSFD=3 3<口令文件") from error
