"""make edit TOWN=…: the chosen town is filled in behind the parameters cell, unless the analyst wrote another."""

from types import SimpleNamespace

import pytest

from pipelines.settings import Settings
from pipelines.workbench import edit, kernel
from tests.workbench.test_tidy import PARAMETERS


DEFAULTS = {"town": ["安丘市", "景芝镇"], "period": ["2026Q3"]}


def run(cell: str, monkeypatch: pytest.MonkeyPatch, **chosen: str) -> dict:
    import json

    monkeypatch.setenv(kernel.CHOSEN, json.dumps(chosen))
    monkeypatch.setenv(kernel.DEFAULTS, json.dumps(DEFAULTS))
    namespace: dict = {}
    exec(cell, namespace)  # noqa: S102 - a cell of this test
    kernel._Hook(SimpleNamespace(user_ns=namespace)).after_cell(
        SimpleNamespace(info=SimpleNamespace(raw_cell=cell))
    )
    return namespace


def test_defaults_give_way_and_what_was_typed_stays(monkeypatch, capsys) -> None:
    assert run(PARAMETERS, monkeypatch, town="官庄镇")["town"] == "官庄镇"
    assert "town = 官庄镇" in capsys.readouterr().err
    typed = PARAMETERS.replace("景芝镇", "石堆镇")
    assert run(typed, monkeypatch, town="官庄镇")["town"] == "石堆镇"
    assert capsys.readouterr().err == ""


def test_nothing_chosen_nothing_changed(monkeypatch, capsys) -> None:
    assert run(PARAMETERS, monkeypatch)["town"] == "景芝镇"
    assert run(PARAMETERS, monkeypatch, town="景芝镇")["town"] == "景芝镇"
    assert capsys.readouterr().err == ""


def test_other_cells_are_left_alone(monkeypatch) -> None:
    assert run('town = "景芝镇"', monkeypatch, town="官庄镇")["town"] == "景芝镇"
    assert run(PARAMETERS + "\nprint(town)", monkeypatch, town="官庄镇")["town"] == "景芝镇"


def test_the_defaults_are_those_of_the_notebooks(settings: Settings) -> None:
    found = edit.defaults(settings)
    assert found["town"] == ["安丘市", "景芝镇"] and found["period"] == ["2026Q3"]


def test_the_command_line_holds_no_secret(settings: Settings, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(edit, "home", lambda: tmp_path)
    edit.lay_out(tmp_path)
    token = edit.new_token()
    words = edit.command(settings, 8899)
    assert token not in " ".join(words)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert edit.environment(settings, {}, token)["JUPYTER_TOKEN"] == token
    assert (tmp_path / "runtime").stat().st_mode & 0o777 == 0o700
