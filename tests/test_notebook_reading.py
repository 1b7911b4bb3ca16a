"""What is told of a notebook without running it."""

import json

from pipelines import notebooks


def book(*sources: str, **metadata: object) -> dict:
    cells = [
        {"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None}
        for s in sources
    ]
    return {"metadata": metadata, "cells": cells}


def test_tables_it_loads() -> None:
    assert notebooks.tables_read(book('a = report.load("absence")\nb = report.load("student_roll")', 'x = 1')) == [
        "absence", "student_roll"]  # fmt: skip
    assert notebooks.tables_read(book("report.load(name)")) == ["*"]
    assert notebooks.tables_read(book('%time report.load("absence")')) == ["*"]
    assert notebooks.tables_read(book("print(1)")) == []


def test_the_hash_is_of_what_it_does(tmp_path) -> None:
    def digest(content: dict) -> str:
        file = tmp_path / "n.ipynb"
        file.write_text(json.dumps(content), encoding="utf-8")
        return notebooks.digest(file)

    plain = book("x = 1", edureport_theme={"title": "住校"})
    ran = json.loads(json.dumps(plain))
    ran["cells"][0] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "text": "甲"}],
        "id": "a1",
    }
    ran["cells"][0]["metadata"] = {"execution": {"iopub.execute_input": "2026"}}
    ran["metadata"]["language_info"] = {"version": "3.12"}
    assert digest(ran) == digest(plain)
    lines = json.loads(json.dumps(plain))
    lines["cells"][0]["source"] = ["x = ", "1"]
    assert digest(lines) == digest(plain)
    assert digest(book("x = 2", edureport_theme={"title": "住校"})) != digest(plain)
    assert digest(book("x = 1", edureport_theme={"title": "寄宿"})) != digest(plain)
