from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.tables.contract import Contract, load_contract


def test_every_column_has_a_known_privacy_class_and_code_list(root: Path) -> None:
    contract = load_contract(root / "data/reference")
    for table in contract.tables.values():
        assert table.columns
        for column in table.columns:
            assert column.privacy in {"fact", "key", "flag", "home_town", "identity", "mask"}
            assert column.need in {"R", "C", "O"}
            if column.kind in ("enum", "code", "codes", "multi"):
                assert contract.allowed(column), column.header


def test_names_numbers_and_学籍号_are_never_facts(root: Path) -> None:
    for table in load_contract(root / "data/reference").tables.values():
        for column in table.columns:
            if column.name in ("name", "id_no", "roll_no"):
                assert column.privacy == "key"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("疑似辍学及劝返台账,个案编号,编号", "请写英文名 dropout_case"),
        ("dropout,个案编号,编号", "tables.csv"),
        ("dropout_case,编号,个案编号", "标准表头"),
    ],
)
def test_an_alias_that_would_be_ignored_is_refused(root: Path, row: str, said: str) -> None:
    file = root / "data/reference/header_aliases.csv"
    file.write_text(file.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Contract(root / "data/reference")
    assert said in str(caught.value)
