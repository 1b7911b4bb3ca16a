"""The pairs to confirm as the workbook shows them: coordinates, level, reason, pseudonyms; no name, no number."""

import pandas as pd

from pipelines import store
from pipelines.feedback.words import words
from pipelines.matching.near import PREVIOUS
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


def pair_rows(settings: Settings, dataset: str, period: Period, pairs: pd.DataFrame) -> pd.DataFrame:
    """``matching.near_matches`` with the Chinese headers of words.toml and an empty 结论."""
    if pairs.empty:
        return pd.DataFrame(columns=words()["pairs"]["headers"])
    titles = {name: table.title for name, table in load_contract(settings.paths.reference).tables.items()}
    titles[PREVIOUS] = words()["pairs"]["previous_roll"]
    towns = {town.code: town.name for town in load_reference(settings, dataset).towns.towns}
    school = store.read(settings, dataset, period, "school")
    names = {} if school is None else dict(zip(school["school_id"], school["school_name"], strict=True))
    shown = {
        "等级": pairs["level"], "理由": pairs["reason"], "数据表": pairs["table"].map(titles),
        "文件": pairs["source_file"], "工作表": pairs["source_sheet"], "行号": pairs["source_row"].astype("int64"),
        "学籍表文件": pairs["roll_file"], "学籍表工作表": pairs["roll_sheet"],
        "学籍表行号": pairs["roll_row"].astype("int64"), "镇街区": pairs["town"].map(towns).fillna(""),
        "学校": pairs["school_id"].map(names).fillna(""), "标识甲": pairs["person"], "标识乙": pairs["roll_person"],
    }  # fmt: skip
    return pd.DataFrame(shown).assign(结论="")[words()["pairs"]["headers"]]
