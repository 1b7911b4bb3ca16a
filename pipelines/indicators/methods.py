"""The methods page, made from the catalogue: ``python -m pipelines.indicators.methods`` writes docs/methods.zh-CN.md.

The texts are the catalogue's and nowhere else, so that page, reports and computation cannot say different things.
"""

from pathlib import Path

from pipelines import atomic
from pipelines.indicators.catalogue import Entry, load_catalogue
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract


FILE = Path("docs") / "methods.zh-CN.md"
_THEMES = {"dropout": "控辍保学", "aid": "学生资助", "left_behind": "留守儿童关爱"}
_COMPARISONS = {"previous": "与上季度比", "year_ago": "与上年同期比", "none": "不作比较"}
_QUARTERS = "一二三四"
_OTHER_INPUTS = {"standards": "资助标准表", "calendar": "校历"}
_WHEN = {
    "previous": "上季度末快照",
    "opening": "学年初（第三季度末）快照",
    "cohort": "三年前第三季度末快照",
    "last_month": "本季末月的月报",
    "残联": "残联名单",
}
_INTRO = """# 指标口径

本页由指标目录 `pipelines/indicators/catalogue.toml` 自动生成，请勿手工修改；改目录后运行
`python -m pipelines.indicators.methods`。报告的“数据说明”用的是同样的文字。更细的约定（边界日期、并列、缺项）见
`docs/indicator-readings.md`。

通用约定：

- 截止日为季度最后一天，年龄按截止日周岁；人数按人去重，证件号相同为同一人，没有证件号的按学籍号。
- 同一人在两个镇街区各有学籍的，各计一次，全市只计一次；全市数按全市的人计算，不是各镇街区相加。
- 比率没有基数（分母为零）时不适用；所需数据缺报时写“缺报”，不按零计算。
- 存量与上季度比，比率与上年同期比；三件以下只写件数，不写百分比变化。
- 疑似不等于辍学，销号不等于复学，断档、未接续一律为待核。
"""


def page(contract: Contract) -> str:
    """The whole page as Markdown, one section per theme and indicator, in the order of the catalogue."""
    parts, catalogue = [_INTRO], list(load_catalogue())
    for theme, title in _THEMES.items():
        parts.append(f"\n## {title}\n")
        parts += [_section(entry, contract) for entry in catalogue if entry.theme == theme]
    return "".join(parts)


def _section(entry: Entry, contract: Contract) -> str:
    lines = [
        ("口径", entry.rule),
        ("公式", entry.formula),
        ("基数", entry.base),
        ("单位", entry.unit),
        ("目标", entry.target_text or "—"),
        ("归属", entry.view),
        ("所需数据", "、".join(dict.fromkeys(_input(need, contract) for need in entry.needs))),
        ("依据", entry.source),
        ("对比", _COMPARISONS[entry.comparison]),
        ("计算范围", _scope(entry)),
        ("已知局限", entry.limits),
    ]
    listed = "".join(f"- **{label}**：{text}\n" for label, text in lines)
    return f"\n### {entry.id} {entry.name}\n\n{listed}"


def _input(need: str, contract: Contract) -> str:
    name, _, when = need.partition("@")
    title = _OTHER_INPUTS.get(name) or contract.tables[name].title
    return f"{title}（{_WHEN[when]}）" if when else title


def _scope(entry: Entry) -> str:
    where = "只在全市版" if entry.editions == "county" else "各镇街区和全市"
    when = (
        ""
        if len(entry.quarters) == len(_QUARTERS)
        else "，只在第" + "、".join(_QUARTERS[quarter - 1] for quarter in entry.quarters) + "季度"
    )
    closed = "；第一季度另列秋季学期" if entry.by_semester else ""
    return where + when + closed


def main() -> None:
    """Write the page of the project this package lies in."""
    settings = Settings.load()
    atomic.write_text(settings.root / FILE, page(load_contract(settings.paths.reference)))


if __name__ == "__main__":
    main()
