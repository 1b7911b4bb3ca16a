"""Reference data: the project's own, and a dataset's overrides."""

import os
import shutil

import pytest

from pipelines.errors import ConfigError
from pipelines.reference import load_reference
from pipelines.settings import Settings


STANDARD = "资助项目,学段,就读方式,资助档次,年标准,学期标准,起始学期,终止学期,发放截止日,文号\r\n"


def override(settings: Settings, name: str, content: bytes) -> None:
    path = settings.paths.raw("county") / "reference" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_the_projects_own_tables(settings: Settings) -> None:
    reference = load_reference(settings, "demo")
    assert len(reference.towns.towns) == 12
    standards = reference.standards
    spring = standards[(standards["stage"] == "小学") & (standards["boarding"] == "住校")]
    assert dict(zip(spring["valid_from"], spring["amount_fen"], strict=True)) == {
        "2019-2020秋": 50000, "2023-2024春": 62500
    }  # fmt: skip
    assert set(standards["due_spring"]) == {"05-31"} and set(standards["due_autumn"]) == {"11-30"}
    assert standards["band"].isna().all() and standards["valid_to"].isna().any()


def test_a_dataset_overrides_a_table_whole(settings: Settings) -> None:
    before = load_reference(settings, "county").sha256()
    row = '义务教育生活补助,初中,走读,,800元,"1,400.50",2025-2026秋,,春：6月30日；秋：12-31,县财教1号\r\n'
    override(settings, "任意名.csv", (STANDARD + row).encode("gb18030"))
    reference = load_reference(settings, "county")
    assert len(reference.standards) == 1 and len(reference.towns.towns) == 12
    only = reference.standards.iloc[0]
    assert (only["amount_fen"], only["due_spring"], only["due_autumn"]) == (140050, "06-30", "12-31")
    assert reference.sha256() != before
    assert load_reference(settings, "demo").sha256() == before
    towns = (
        "代码,名称,简称,类型,上级\r\n370784001000,甲街道,甲,街道,安丘市\r\n370784100000,乙镇,乙,镇,安丘市\r\n"
    )
    override(settings, "区划.csv", towns.encode())
    assert [town.code for town in load_reference(settings, "county").towns.towns] == [
        "370784001",
        "370784100",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "甲,乙\r\n1,2\r\n",
        STANDARD + "没有的项目,初中,,,1,1,2025-2026秋,,,x\r\n",
        STANDARD + "其他,初中,,,1,一百,2025-2026秋,,,x\r\n",
        STANDARD + "其他,初中,,,1,,2025-2026秋,,,x\r\n",
        STANDARD + "其他,初中,,,1,1,2025秋,,,x\r\n",
        STANDARD + "其他,初中,,,1,1,2025-2026秋,2024-2025秋,,x\r\n",
        STANDARD + "其他,初中,,,1,1,2025-2026秋,,年底,x\r\n",
        STANDARD + "其他,初中,,,1,1,2025-2026秋,,春:02-30,x\r\n",
        "代码,名称,简称,类型,上级\r\n37078,乙镇,乙,镇,安丘市\r\n",
    ],
)
def test_a_broken_override_is_refused(settings: Settings, content: str) -> None:
    override(settings, "x.csv", content.encode())
    with pytest.raises(ConfigError):
        load_reference(settings, "county")


@pytest.mark.parametrize(
    "name", ["../../外", "/tmp/x", "..", "a\\b", "County", "000", "甲\n镇", "甲.镇", "甲街道"]
)
def test_a_town_whose_name_is_no_folder_of_its_own_is_refused(settings: Settings, name: str) -> None:
    """Reports lie in a folder of the town's name: it leads nowhere else, and belongs to one town."""
    towns = f'代码,名称,简称,类型,上级\n370784001,甲街道,甲,街道,x\n370784100,"{name}",乙,镇,x\n'
    override(settings, "区划.csv", towns.encode())
    with pytest.raises(ConfigError, match="第3行的名称"):
        load_reference(settings, "county")


def test_two_overrides_of_one_table_are_refused(settings: Settings) -> None:
    for name in ("a.csv", "b.csv"):
        override(settings, name, (STANDARD + f"其他,初中,,,1,1,2025-2026秋,,,{name}\r\n").encode())
    with pytest.raises(ConfigError, match="只保留一份"):
        load_reference(settings, "county")


def test_calendar_when_there_is_one(settings: Settings) -> None:
    file = settings.paths.reference / "school_calendar.csv"
    headers = "学年,学期,类型,开始,结束,说明,来源\n"
    file.write_text(
        f"# 校历\n{headers}# 秋季\n2026-2027,秋,上课,2026-09-01,2027-01-22,秋季学期,建议值\n",
        encoding="utf-8",
    )
    calendar = load_reference(settings, "county").calendar
    assert calendar is not None and calendar.to_numpy().tolist() == [
        ["2026-2027", "秋", "上课", "2026-09-01", "2027-01-22", "秋季学期", "建议值"]
    ]
    own_rows = f"{headers}2026-2027,春,上课,2027-03-01,2027-07-02,春季学期,校历\n"
    override(settings, "校历.csv", own_rows.encode())
    own = load_reference(settings, "county").calendar
    assert own is not None and own["学期"].tolist() == ["春"]
    file.unlink()
    shutil.rmtree(settings.paths.raw("county"))
    assert load_reference(settings, "county").calendar is None


def test_files_are_known_by_their_content(settings: Settings) -> None:
    """What was read is kept: a changed file is read again, also with the old size and time, and nobody changes another's."""
    row = "义务教育生活补助,初中,走读,,800,{},2025-2026秋,,,县财教1号\r\n"
    override(settings, "标准.csv", (STANDARD + row.format(400)).encode())
    file = settings.paths.raw("county") / "reference" / "标准.csv"
    times = file.stat()
    first = load_reference(settings, "county")
    first.standards.loc[0, "amount_fen"] = 1
    first.digests.clear()
    again = load_reference(settings, "county")
    assert again.standards.loc[0, "amount_fen"] == 40000 and again.digests
    file.write_bytes((STANDARD + row.format(500)).encode())
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert load_reference(settings, "county").standards.loc[0, "amount_fen"] == 50000
    file.unlink()
    assert len(load_reference(settings, "county").standards) > 1
