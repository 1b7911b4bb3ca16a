"""The real JupyterLab of make edit, driven by its menus: open, edit, run, save, export; the file stays clean."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from pipelines import notebooks
from pipelines.workbench import edit


SLOW = 120_000  # milliseconds: a loaded machine is no failure


def started(words: list[str], root: Path, **variables: str) -> tuple[subprocess.Popen, str, list[str]]:
    """Start an edureport command and wait for the address that it prints; its lines go on being collected."""
    environment = os.environ | {
        "EDUREPORT_ROOT": str(root),
        "EDUREPORT_KEY_FILE": str(root / "key" / "k"),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *words], cwd=root, env=environment | variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"http://\S+", line):
            threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True).start()
            return process, found[0], lines
    raise AssertionError("".join(lines))


def stop(process: subprocess.Popen) -> None:
    """As Ctrl-C does; it must end by itself."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(SLOW / 1000)
    finally:
        process.kill()


@pytest.fixture(scope="module")
def lab(pages):
    """JupyterLab on a demo county's notebooks, with 郚山镇 chosen."""
    root = pages["目录"].parents[4]
    process, address, lines = started(["edit", "--town", "吾山镇"], root)
    yield root, address, lines, process
    stop(process)


@pytest.fixture
def page(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    for attempt in range(60):
        try:
            page.goto(lab[1])
            break
        except Exception:
            if attempt == 59:
                raise
            page.wait_for_timeout(1000)
    page.wait_for_selector(".jp-MarkdownViewer h1", timeout=SLOW)
    yield page
    context.close()


def menu(page, *names: str) -> None:
    """Choose from JupyterLab's menus, as they are called in Chinese.

    A submenu that is filled later does not open by itself: whoever was too early closes the menu and opens it again.
    """
    deadline = time.monotonic() + SLOW / 1000
    while True:
        page.locator(".lm-MenuBar-item", has_text=names[0]).click()
        try:
            for name in names[1:]:
                item = page.locator(".lm-Menu-item", has_text=re.compile(f"^{name}")).last
                item.hover(timeout=5000)
                item.click(timeout=5000)
            return
        except TooLate:
            if time.monotonic() > deadline:
                raise
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")


def saved(page, file: Path, words: str) -> dict:
    """The notebook's content once *words* are in the file: the save mark comes and goes with every output."""
    deadline = time.monotonic() + SLOW / 1000
    while words not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, f"{file} was not saved"
        page.wait_for_timeout(200)
    return json.loads(file.read_text(encoding="utf-8"))


def test_open_edit_run_save_export(lab, page):
    root, _, lines, _ = lab
    file = root / "notebooks" / "dropout.ipynb"
    expect(page.locator(".jp-MarkdownViewer h1").first).to_contain_text("起步")
    page.locator(".jp-DirListing-item", has_text="dropout.ipynb").dblclick()
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell", timeout=SLOW)
    expect(page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
        "data-status", "idle", timeout=SLOW
    )

    # edit: a sentence into the cell that shows the title (cells far below are drawn only when they are looked at)
    place = next(
        n for n, cell in enumerate(notebooks.cells(notebooks.read(file))) if "report.title(" in cell.source
    )
    page.locator(
        ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell .cm-content", has_text="report.title("
    ).first.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.insert_text('report.text("分析人员加的一句话。")')

    menu(page, "运行", "运行所有单元格")
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea")
    expect(shown.filter(has_text="分析人员加的一句话").first).to_be_attached(timeout=SLOW)
    expect(shown.filter(has_text="town = 郚山镇").first).to_be_attached()  # injected, and said so
    expect(page.locator(".jp-OutputArea h1", has_text="郚山镇2026年第三季度").first).to_be_attached()

    menu(page, "文件", "保存 Notebook")
    content = saved(page, file, "分析人员加的一句话")
    cells = notebooks.cells(content)
    assert cells[place].source.endswith('report.text("分析人员加的一句话。")')
    assert 'town = "景芝镇"' in cells[0].source and cells[0].tags == ("parameters",)
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in content["cells"])
    assert content["metadata"]["language_info"] == {"name": "python"}

    # The menu opens the export's address in a new tab; what a headless browser does with a PDF there is no matter of ours,
    # so the same question is asked here, and once.
    def export(request: object) -> bool:
        return "/nbconvert/edureport_pdf/" in request.url

    page.context.route(re.compile("/nbconvert/edureport_pdf/"), lambda route: route.abort())
    with page.context.expect_event("request", export, timeout=SLOW) as asked:
        menu(page, "文件", "保存并导出笔记本为", "Edureport_pdf")
    # the server answers no page of elsewhere: the address from which the browser itself asked goes with the question
    sent = {"Referer": asked.value.headers.get("referer", "")}
    answer = page.context.request.get(asked.value.url, headers=sent, timeout=SLOW)
    said = re.search(r'(?s)<pre class="traceback">(.*?)</pre>', answer.text() if not answer.ok else "")
    assert answer.ok, (answer.status, said[1][-2000:] if said else "", lines[-30:])
    assert answer.headers["content-type"].startswith("application/pdf")
    pdf = pypdfium2.PdfDocument(io.BytesIO(answer.body()))
    text = "".join(pdf[n].get_textpage().get_text_bounded() for n in range(len(pdf)))
    assert "演示数据" in text and "分析人员加的一句话" in text and "郚山镇" in text
    assert "make edit" not in text


def test_only_with_the_token_and_only_from_here(lab):
    import urllib.error
    import urllib.request

    address = lab[1].partition("/lab/")[0]
    for headers in ({}, {"Host": "evil.example"}):
        request = urllib.request.Request(f"{address}/api/contents", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 403


def test_ctrl_c_ends_it_while_a_report_is_exported(lab):
    """The last test of this file: the thread that answers keeps Python from ending."""
    import urllib.request

    _, address, lines, process = lab
    base, token = address.partition("/lab/")[0], address.partition("token=")[2]
    export = urllib.request.Request(
        f"{base}/nbconvert/edureport_pdf/dropout.ipynb", headers={"Authorization": f"token {token}"}
    )
    runtime = edit.home() / "runtime"
    kernels = set(runtime.glob("*.json"))

    def ask() -> None:
        with contextlib.suppress(OSError):  # the server goes away before it answers
            urllib.request.urlopen(export).close()
            lines.append("answered")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    deadline = time.monotonic() + SLOW / 1000
    while not set(runtime.glob("*.json")) - kernels:  # the address of the kernel that runs the notebook
        assert time.monotonic() < deadline and asking.is_alive(), lines
        time.sleep(0.05)
    stop(process)
    assert process.returncode == 0
    asking.join(SLOW / 1000)
    assert not asking.is_alive() and "answered" not in lines
