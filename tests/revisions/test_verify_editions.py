"""``verify`` on a unit with two editions: each compared with its record, the later one made again beside the first."""

import shutil

import pytest

from pipelines import pipeline, verify
from pipelines.errors import ReportFailed
from pipelines.reference import load_reference
from pipelines.settings import Settings
from tests.batch.conftest import DATASET, EDITION, PERIOD
from tests.revisions.conftest import Make
from tests.revisions.test_revisions import DROPOUT, folder, issue_all


@pytest.fixture
def check(small: Settings, monkeypatch: pytest.MonkeyPatch):
    """``verify`` with the figures taken as they are: the stages before have no files to read here."""
    town = load_reference(small, DATASET).towns.resolve("景芝镇")
    small.paths.raw(DATASET).mkdir(parents=True)

    def figures_only(scratch: Settings, *_: object) -> None:
        shutil.copytree(small.paths.clean(DATASET, PERIOD), scratch.paths.clean(DATASET, PERIOD),
                        ignore=shutil.ignore_patterns("report-*"))  # fmt: skip

    monkeypatch.setattr(pipeline, "prepare", figures_only)
    return lambda: verify.verify(small, DATASET, PERIOD, town, EDITION, lambda _: None)


def test_a_second_edition_comes_out_the_same_again(small: Settings, make: Make, check, monkeypatch) -> None:
    make()
    issue_all(small, "2026年10月12日")
    assert check() == ["景芝镇 2026Q3：5 个文件逐字节一致。"]
    make(景芝镇=4, reason="补报")
    # what the first edition was made from is no longer there
    monkeypatch.setattr(verify, "_inputs_gone", lambda *a: ["2026Q3"] if a[2].entry["issued"] else [])
    lines = check()
    assert lines[0] == "景芝镇 2026Q3：5 个文件逐字节一致。"
    assert any(
        "《控辍保学》第一版：文件与印发时一致；2026Q3 的原始数据在印发之后有更正" in line for line in lines
    )
    page = folder(small) / f"{DROPOUT}.html"
    page.chmod(0o644)
    page.write_text(page.read_text("utf-8") + " ", encoding="utf-8")
    with pytest.raises(ReportFailed, match="已出的文件在生成之后被改动过"):
        check()


def test_what_was_issued_is_put_over_what_was_made_for_a_lower_number(
    small: Settings, make: Make, check, monkeypatch
) -> None:
    """One theme has a second edition, the other still a draft of its first, both made from the corrected data.

    The draft is made again first, and with it an indicators.json of the corrected figures; the second edition compares
    with the one that was issued.
    """
    make()
    issue_all(small, theme="dropout")
    make(景芝镇=4)
    assert (folder(small) / f"{DROPOUT}_第二版.html").is_file()
    monkeypatch.setattr(verify, "_inputs_gone", lambda *a: ["2026Q3"] if a[2].entry["issued"] else [])
    assert check()[0] == "景芝镇 2026Q3：5 个文件逐字节一致。"  # aid, and dropout and the figures once more
