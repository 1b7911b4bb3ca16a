"""make preview in a real browser: what is saved is seen, and a mistake is shown with the analyst's own line."""

import json
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.test_jupyterlab import SLOW, started, stop


@pytest.fixture(scope="module")
def preview(pages):
    root = pages["目录"].parents[4]
    process, address, lines = started(["preview", "--town", "景芝镇", "--theme", "aid"], root)
    yield root, address, lines
    stop(process)


@pytest.fixture
def page(browser, preview):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(preview[1])
    yield page
    context.close()


def change(file, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_saving_is_seeing(preview, page):
    root = preview[0]
    notebook, texts = root / "notebooks" / "aid.ipynb", root / "data" / "reference" / "sentences.toml"
    report = page.frame_locator("#report")
    expect(report.locator("h1.title")).to_contain_text("学生资助", timeout=SLOW)

    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = ["report.data_notes(indicators)\n", 'report.text("预览里的新句子。")']
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    expect(report.locator("body")).to_contain_text("预览里的新句子", timeout=SLOW)

    change(texts, "季度末义务教育在籍学生", "期末义务教育在籍学生")
    page.evaluate("document.getElementById('report').contentWindow.scrollTo(0, 600)")
    expect(report.locator("body")).to_contain_text("期末义务教育在籍学生", timeout=SLOW)
    assert page.evaluate("document.getElementById('report').contentWindow.scrollY") == 600

    content["cells"][-1]["source"] = ["number = 3\n", "report.value(no_such_name)"]
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    shown = page.locator("#error pre")
    expect(shown).to_contain_text("no_such_name", timeout=SLOW)
    expect(shown).to_contain_text(f"第 {len(content['cells'])} 个单元格")
    expect(shown).not_to_contain_text("site-packages")
    expect(report.locator("h1.title")).to_contain_text("学生资助")  # the last good page stays

    change(texts, "[D01]", "[D01")
    expect(shown).to_contain_text("sentences.toml", timeout=SLOW)
    change(texts, "[D01\n", "[D01]\n")
    content["cells"][-1]["source"] = ["report.data_notes(indicators)"]
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    expect(page.locator("#error")).to_be_hidden(timeout=SLOW)


def test_nothing_but_the_report_for_nobody_but_here(preview):
    _, address, _ = preview
    base = address.rsplit("/", 2)[0]
    for url, host, code in [
        (f"{base}/", "", 404), (f"{base}/report", "", 404), (f"{address}../", "", 404),
        (f"{address}%2e%2e/monitoring.toml", "", 404), (f"{address}preview.html", "", 404),
        (address, "evil.example", 403), (f"{address}report", "evil.example", 403),
    ]:  # fmt: skip
        request = urllib.request.Request(url, headers={"Host": host} if host else {})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == code, url
    with urllib.request.urlopen(f"{address}report") as page:
        assert page.headers["Cache-Control"] == "no-store"
        assert "server" not in {name.lower() for name in page.headers}
