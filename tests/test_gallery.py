"""The gallery's states: targets met, or nothing received; and pictures of pages."""

import pandas as pd
import pytest
from PIL import Image

from pipelines import gallery
from pipelines.errors import UsageError
from pipelines.settings import Settings


def figure(**changes) -> dict:
    base = {
        "id": "D05", "value": 2, "numerator": 2, "denominator": None, "target": 0, "status": "未达标",
        "state": "ok", "breakdown": {"stage": {"小学": 2}},
    }  # fmt: skip
    return base | changes


def test_good_meets_every_target_and_leaves_the_rest() -> None:
    assert (gallery.good(figure())["value"], gallery.good(figure())["status"]) == (0, "达标")
    rate = gallery.good(figure(value=0.5, numerator=1, denominator=2, target=1))
    assert (rate["value"], rate["numerator"]) == (1.0, 2)
    assert gallery.good(figure(value=0.5, numerator=1, denominator=2, target=0))["value"] == 0
    assert gallery.good(figure(state="missing", status="—"))["state"] == "not_applicable"
    plain = figure(status="—", target=None)
    assert gallery.good(plain) == plain


def test_missing_has_no_value_left() -> None:
    found = gallery.missing(figure())
    assert found["state"] == "missing"
    assert found["value"] is found["numerator"] is found["denominator"] is None
    assert found["breakdown"] == {}


def test_the_plan_is_done_or_unknown_with_the_rest() -> None:
    late = {
        "state": "ok", "status": "到期未完成", "done": 1, "target": 4, "share": 0.25, "pace": 1.0, "lacks": ["佐证"],
        "typed": None, "duty_unit": "教管办", "unreported": 1, "reason": "",
    }  # fmt: skip
    done, unknown = gallery.good_item(late), gallery.missing_item(late)
    assert (done["status"], done["done"], done["share"], done["lacks"]) == ("已销号", 4, 1.0, [])
    assert (unknown["state"], unknown["status"], unknown["done"], unknown["reason"]) == (
        "missing", None, None, "no_ledger",
    )  # fmt: skip
    loose = late | {"status": "未量化"}
    assert gallery.good_item(loose) == gallery.missing_item(loose) == loose


def test_schools_keep_their_names_and_lose_their_figures() -> None:
    frame = pd.DataFrame(
        {
            "school_id": ["1"], "school_name": ["甲小学"], "town": ["2"], "school_type": ["小学"], "urban_rural": ["乡村"],
            "suspected": pd.array([3], "Int64"), "confirmed": pd.array([1], "Int64"), "vanished": pd.array([0], "Int64"),
            "transfers": pd.array([0], "Int64"), "entitled": pd.array([5], "Int64"), "aided": pd.array([4], "Int64"),
            "care_room": pd.array([False], "boolean"),
        }
    )  # fmt: skip
    unknown = gallery.missing_schools(frame)
    assert unknown["school_name"].tolist() == ["甲小学"]
    assert unknown[["suspected", "entitled", "care_room"]].isna().all(axis=None)
    assert (unknown.dtypes == frame.dtypes).all()
    assert gallery.good_schools(frame)["aided"].tolist() == [5]


def test_without_figures_the_gallery_says_what_to_do_first(settings: Settings) -> None:
    with pytest.raises(UsageError, match="make report"):
        gallery.write_gallery(settings, print)


def test_every_page_becomes_a_picture(tmp_path) -> None:
    from pipelines.render import tree
    from pipelines.render.body import Body
    from pipelines.render.meta import ReportMeta
    from pipelines.render.pdf import compile_pdf

    pdf = compile_pdf(
        Body(tree.parse("<h1 class='title'>题</h1><p>" + "长" * 2500 + "</p>"), {}, [], []), ReportMeta()
    )
    made = gallery.draw(pdf, tmp_path / "报告")
    assert [file.name for file in made] == [f"报告-{n:02d}.png" for n in range(1, len(made) + 1)]
    assert len(made) >= 2
    assert Image.open(made[0]).size == (447, 632)
