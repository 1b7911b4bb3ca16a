"""The short table that ``make data`` ends with."""

import json

from pipelines.feedback import FILE_NAME
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


def summary_lines(settings: Settings, dataset: str, period: Period) -> list[str]:
    """Rows read, used and set aside per table, files with problems, and where the full result lies."""
    manifest_file = settings.paths.clean(dataset, period) / "manifest.json"
    if not manifest_file.is_file():
        return []
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    tables = load_contract(settings.paths.reference).tables
    lines = [f"\n{dataset} {period} 数据情况：", "  表　　读取 = 使用（其中有提示） + 搁置"]
    for name, table in tables.items():
        count = manifest["tables"].get(name)
        if count is None:
            lines.append(f"  {table.title}　缺报")
            continue
        lines.append(
            f"  {table.title}　{count['read']:,} = {count['used']:,}（{count['warned']:,}） + {count['set_aside']:,}"
        )
    for entry in manifest["files"]:
        if entry["problem"]:
            lines.append(f"  文件 {entry['file']}：{entry['problem']}")
    folder = settings.paths.quality(dataset, period).relative_to(settings.root).as_posix()
    lines.append(f"  逐行问题和改法：{folder}/{FILE_NAME}")
    lines.append(f"  检查结果：{folder}/quality.json")
    return lines
