"""Carers', mentors' and inspectors' names are recognised where identity columns hold words, and found in a text."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.clean import clean_period, persons
from pipelines.namecheck import FILE, CannotCheck, Found, NameCheck
from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser, create_key
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from tests.clean.material import SCHOOL, csv_text, example_row, pupil, put
from tests.privacy.watching import OpenedIn


Q3 = Period(2026, 3)


@pytest.mark.parametrize(
    ("text", "column", "names"),
    [
        ("方婷玉", "mentor_post", {"方婷玉"}),
        ("校长张三", "contact_post", {"张三"}),
        ("班主任欧阳测某", "mentor_post", {"欧阳测某"}),
        ("父亲 张 三", "guardian_rel", {"张三"}),
        ("张三、李四", "parties", {"张三", "李四"}),
        ("阿依·古丽", "guardian_rel", {"阿依·古丽"}),
        ("已联系监护人李晓明，同意返校", "outcome", {"李晓明"}),
        ("联系王小红妈妈", "outcome", {"王小红"}),
        ("家长李晓明已签字", "reason", {"李晓明"}),
        # no names
        ("分管副镇长", "owner_town", set()),
        ("村党支部书记", "owner_village", set()),
        ("控辍保学专管员", "reviewer", set()),
        ("母子", "payee_rel", set()),
        ("母亲常年在外务工", "reason", set()),
        ("学校、村居", "parties", set()),
        ("安丘市教育和体育局", "approver", set()),
        ("王家庄", "village", set()),
        ("", "outcome", set()),
    ],
)
def test_names_in_words(text: str, column: str, names: set[str]) -> None:
    assert persons.names_in(text, column) == names


def test_the_columns_are_those_of_the_contract(settings: Settings) -> None:
    known = {
        column.name: column.privacy
        for table in load_contract(settings.paths.reference).tables.values()
        for column in table.columns
    }
    assert {known[name] for name in persons.rules().posts} <= {"identity", "flag"}


@pytest.fixture
def cleaned(settings: Settings) -> Settings:
    """Every identity column of every table with a name of its own behind a title, one pupil set aside."""
    contract = load_contract(settings.paths.reference)
    for name, spec in contract.tables.items():
        row = example_row(contract, name)
        rows = [
            {**row, c.name: f"监护人{person(name, c.name)}"}
            for c in spec.columns
            if c.privacy in ("identity", "flag")
        ]
        if name == "school":
            rows = [{**SCHOOL, **{k: v for k, v in one.items() if k == "contact_post"}} for one in rows]
        if name == "student_roll":
            rows += [pupil(1), pupil(2, name="苗搁置", school_id="9999999999")]
        put(settings, f"{name}.csv", csv_text(contract, name, rows or [row]))
    clean_period(settings, "county", Q3)
    return settings


def person(table: str, column: str) -> str:
    """A name for every column."""
    number = sum(ord(letter) for letter in table + column)
    return "郭" + chr(0x4E8C + number % 2000) + chr(0x5F20 + number % 900)


def test_a_name_of_every_identity_column_is_found_and_no_identity_file_opened(cleaned: Settings) -> None:
    contract = load_contract(cleaned.paths.reference)
    columns = [
        (table.name, column.name)
        for table in contract.tables.values()
        for column in table.columns
        if column.privacy in ("identity", "flag")
    ]
    assert len(columns) > 25
    with OpenedIn([cleaned.paths.identity("county", Q3)]) as watch:
        names = NameCheck.load(cleaned, "county", Q3)
        missed = [where for where in columns if not names.any_in(f"由{person(*where)}负责")]
    assert missed == [] and watch.names == set()
    assert names.any_in("测试丙") is False and names.any_in("各项指标均达标，监护人已知情") is False
    assert names.first_in("第一行\n第二行：苗搁置") == Found(2, 3), "a pupil whose row was set aside"


def test_the_file_of_signs_tells_no_name(cleaned: Settings) -> None:
    table = pq.read_table(cleaned.paths.clean("county", Q3) / FILE)
    signs = table.column("name_key").to_pylist()
    assert table.column_names == ["name_key"] and signs == sorted(set(signs))
    assert all(len(sign) == 20 and sign.isascii() for sign in signs)


def test_without_the_key_or_with_another_one_nothing_is_vouched_for(cleaned: Settings) -> None:
    file = cleaned.paths.key_file
    key = file.read_bytes()
    file.unlink()
    with pytest.raises(CannotCheck):
        NameCheck.load(cleaned, "county", Q3)
    assert not file.exists(), "no key may be made in passing"
    create_key(file)
    with pytest.raises(CannotCheck):
        NameCheck.load(cleaned, "county", Q3)
    file.write_bytes(key)
    (Path(cleaned.paths.clean("county", Q3)) / FILE).unlink()
    with pytest.raises(CannotCheck) as caught:
        NameCheck.load(cleaned, "county", Q3)
    assert "make data" in str(caught.value)


def test_names_of_a_later_cleaning_are_seen_in_the_same_process(cleaned: Settings) -> None:
    before = NameCheck.load(cleaned, "county", Q3)
    assert NameCheck.load(cleaned, "county", Q3) is before and not before.any_in("由慕容后来负责")
    file = cleaned.paths.clean("county", Q3) / FILE
    sign = Pseudonymiser.load(cleaned, "county").name_key(pd.Series(["慕容后来"], dtype="str")).iloc[0]
    signs = sorted({*pq.read_table(file).column("name_key").to_pylist(), sign})
    fresh = file.with_suffix(".new")
    pq.write_table(pa.table({"name_key": signs}), fresh)
    fresh.replace(file)
    assert NameCheck.load(cleaned, "county", Q3).any_in("由慕容后来负责")
