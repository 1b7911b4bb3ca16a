"""Running a notebook: parameters checked first, errors that an analyst can use, nothing left behind."""

import nbformat
import pytest
from nbformat import v4

from pipelines.errors import ReportFailed, UsageError
from pipelines.render import execute as module
from pipelines.render.execute import execute


def write(folder, *sources, name="样例 {t}.ipynb"):
    first = v4.new_code_cell('TOWN: str = "缺省镇"\nLIMIT = 1')
    first.metadata["tags"] = ["parameters"]
    cells = [v4.new_markdown_cell("# 题 {t}"), first, *(v4.new_code_cell(source) for source in sources)]
    path = folder / name
    path.write_text(nbformat.writes(v4.new_notebook(cells=cells)), encoding="utf-8")
    return path


@pytest.fixture
def no_kernel(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(module, "_run", refuse)


def test_unknown_parameter_is_refused_before_a_kernel_starts(tmp_path, no_kernel):
    with pytest.raises(UsageError, match="TWON") as caught:
        execute(write(tmp_path), {"TWON": "景芝镇"}, cwd=tmp_path)
    assert "TOWN" in caught.value.hint


@pytest.mark.parametrize("value", [1, True, None])
def test_wrong_type_is_refused_before_a_kernel_starts(tmp_path, no_kernel, value):
    with pytest.raises(UsageError, match="str"):
        execute(write(tmp_path), {"TOWN": value}, cwd=tmp_path)


def test_runs_typed_and_repeatable(tmp_path, capfd):
    path = write(
        tmp_path,
        "import os, sys\nprint(repr(TOWN), repr(LIMIT), os.getcwd() == os.path.realpath(os.getcwd()), os.environ['TZ'], hash('a'))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('景芝')\nplt.show()",
        "object()",
    )
    first = execute(path, {"TOWN": "001"}, cwd=tmp_path)
    second = execute(path, {"TOWN": "001"}, cwd=tmp_path)
    assert nbformat.writes(first) == nbformat.writes(second)
    assert first.cells[3].outputs[0].text.startswith("'001' 1 True Asia/Shanghai")
    svg = first.cells[4].outputs[-1].data["image/svg+xml"]
    assert ">景芝</text>" in svg and "<dc:date>" not in svg
    assert not [o for c in first.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert capfd.readouterr().err == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["样例 {t}.ipynb"]


def test_error_names_cell_and_own_lines_only(tmp_path):
    path = write(
        tmp_path,
        "import json\ndef read(text):\n    return json.loads(text)",
        "x = 1\nread('bad 000000200001011230')",
        name="错.ipynb",
    )
    with pytest.raises(ReportFailed) as caught:
        execute(path, {"TOWN": "景芝镇"}, cwd=tmp_path)
    message = str(caught.value)
    assert "错.ipynb 第 4 个单元格" in message
    assert "第 4 个单元格第 2 行" in message and "第 3 个单元格第 3 行：return json.loads(text)" in message
    assert "JSONDecodeError" in message
    assert (
        "site-packages" not in message and "decoder.py" not in message and "000000200001011230" not in message
    )


def test_a_library_that_is_not_installed_says_how_to_mend(tmp_path):
    for name, mend in (("pandsa", "是否应写成 pandas"), ("zzqqxx.deep", "pyproject.toml")):
        with pytest.raises(ReportFailed) as caught:
            execute(write(tmp_path, f"import {name}"), {}, cwd=tmp_path)
        assert f"没有安装 {name.partition('.')[0]} 这个程序库" in str(caught.value) and mend in str(
            caught.value
        )


def test_endless_cell_is_ended(tmp_path):
    with pytest.raises(ReportFailed, match="1 秒"):
        execute(write(tmp_path, "while True: pass"), {}, cwd=tmp_path, timeout=1)
