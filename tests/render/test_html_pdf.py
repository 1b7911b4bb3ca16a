"""The page and the PDF: same bytes, text stays text, nothing loaded, nothing run, everything marked."""

import base64
import copy
import io
import re
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pypdfium2
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from pipelines.render import body, fonts
from pipelines.render.both import render
from pipelines.render.html import FURNITURE, ReportHTMLExporter, render_html, script, script_hash
from pipelines.render.pdf import ReportPDFExporter, render_pdf


def pdf_pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def flat(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def test_same_bytes_twice(rendered):
    again = copy.deepcopy(rendered.notebook)
    assert render_html(again) == rendered.html
    assert render_pdf(again) == rendered.pdf


def test_the_colophon_says_in_chinese_that_no_commit_stands_for_the_program(rendered):
    assert rendered.notebook.metadata["edureport"]["provenance"]["code"] == "uncommitted"
    shown = "（含未提交的修改，或不在版本库中）"
    page = BeautifulSoup(rendered.html, "html.parser").get_text()
    text = flat("".join(pdf_pages(rendered.pdf)))
    assert shown in page and shown in text
    assert "uncommitted" not in page + text


def test_markup_in_names_stays_text(rendered, tools):
    page = BeautifulSoup(rendered.html, "html.parser")
    assert page.select_one("td.text").get_text() == tools.hostile
    assert tools.hostile in page.caption.get_text()
    text = flat("".join(pdf_pages(rendered.pdf)))
    assert text.count(flat(tools.hostile)) == 2


def test_scripts_and_loads_are_dropped(tools):
    evil = (
        '<p onclick="x()">甲<script>alert(1)</script></p><img src="https://e.example/x.png" onerror="x()"/>'
        '<a href="javascript:x()">乙</a><iframe src="https://e.example"></iframe><style>p{color:red}</style>'
        '<svg onload="x()"><script>x()</script></svg><p style="background:url(https://e.example)">丙</p>'
        "<noscript><p title='</noscript><img src=x onerror=x()>'></noscript><!-- <script> -->"
    )
    page = render_html(tools.notebook(tools.shown(evil)))
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.find_all(["iframe", "link"])
    assert [tag.string for tag in soup.find_all("script")] == [script()]
    assert not [t for t in soup.find_all(True) if any(name.startswith("on") for name in t.attrs)]
    assert "javascript:" not in page and "e.example" not in page
    main = soup.select_one("main").get_text()
    assert all(word in main for word in "甲乙丙")


def test_hostile_svg_is_cleaned(tools):
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="x()"><script>x()</script>'
        '<foreignObject><p>z</p></foreignObject><image href="https://e.example/a.png"/>'
        '<g id="a"><rect width="3" height="3" style="fill:url(https://e.example/#a)"/></g>'
        '<a href="javascript:x()"><text>文字</text></a></svg>'
    )
    page = render_html(tools.notebook(tools.shown(tools.figure(svg, "甲"))))
    drawing = BeautifulSoup(page, "html.parser").select_one("main svg")
    assert drawing["aria-label"] == "甲" and drawing["role"] == "img"
    assert "e.example" not in page and "x()" not in str(drawing) and "foreign" not in str(drawing).lower()


def test_page_loads_nothing_from_outside(rendered):
    without_text = re.sub(r"xmlns(:\w+)?=\"[^\"]*\"", "", rendered.html)
    assert not re.search(
        r"""(src|href)\s*=\s*["']?\s*(https?:)?//|url\(\s*["']?(https?:)?//|@import""", without_text
    )


def test_the_only_script_is_ours_and_the_policy_allows_no_other(rendered):
    page = BeautifulSoup(rendered.html, "html.parser")
    assert [tag.string for tag in page.find_all("script")] == [script()]
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert f"script-src '{script_hash(script())}'" in policy
    assert "default-src 'none'" in policy
    for word in ("fetch", "XMLHttpRequest", "localStorage", "innerHTML", "eval", "import("):
        assert word not in script()


def test_every_text_of_the_scripts_is_in_the_fonts_of_the_page(rendered):
    wanted = set(re.findall("[\u4e00-\u9fff]", re.sub(r"//.*|/\^?\[?[^/\n]*\]?/g?", "", script())))
    assert wanted and wanted <= set(FURNITURE)


def test_page_is_chinese_and_complete(rendered):
    page = BeautifulSoup(rendered.html, "html.parser")
    assert page.html["lang"] == "zh-CN"
    assert page.title.get_text().startswith("景芝镇2026年第三季度")
    assert "secret_source_code" not in rendered.html
    assert page.select_one("main svg[role=img]")["aria-label"] == '个案"进出"'
    assert [a.get_text() for a in page.select("nav a")] == ["摘要", "一、基本情况", "跳级的标题"]
    levels = [int(tag.name[1]) for tag in page.select("main :is(h1,h2,h3,h4,h5,h6)")]
    assert levels == [1, 2, 2, 3]
    identifiers = [tag["id"] for tag in page.find_all(id=True)]
    assert len(identifiers) == len(set(identifiers))


def test_pdf_is_tagged_dated_and_marked_on_every_page(tools):
    long = tools.table([[str(n), "景芝镇第一小学"] for n in range(80)], ["序号", "学校"])
    pdf = render_pdf(tools.notebook(tools.shown(long)))
    pages = pdf_pages(pdf)
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert "景芝镇·2026年第三季度·内部资料注意保管" in flat(text)
        assert "演示数据" in flat(text)
        assert f"—{number}—" in flat(text)
        rows = text.count("景芝镇第一小学")
        assert not rows or "序号学校" in flat(text), "the table's heading is repeated"
    document = pypdfium2.PdfDocument(pdf)
    assert document.is_tagged()
    assert document.get_metadata_dict()["Title"] == "景芝镇2026年第三季度控辍保学监测报告"
    assert b"/Lang" in pdf or b"zh-CN" in pdf
    assert b"pdfuaid" in pdf
    assert b"pdfaid" in pdf


def _elements(node, found):
    """All structure elements below a node of the tag tree."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            found.append(child)
            _elements(child, found)
    return found


def test_archival_and_accessible_by_structure(rendered):
    """What PDF/UA-1 and PDF/A-2a ask for and a program can see: marks, language, title, tags, texts, bookmarks."""
    with pikepdf.open(io.BytesIO(rendered.pdf)) as pdf:
        with pdf.open_metadata() as meta:
            claims = {name: meta.get(f"{{http://www.aiim.org/{name[0]}/ns/id/}}{name[1]}") for name in
                      [("pdfua", "part"), ("pdfa", "part"), ("pdfa", "conformance")]}  # fmt: skip
            assert claims == {("pdfua", "part"): "1", ("pdfa", "part"): "2", ("pdfa", "conformance"): "A"}
            assert "控辍保学" in meta["dc:title"]
        root = pdf.Root
        assert root.MarkInfo.Marked and str(root.Lang) == "zh-CN" and root.ViewerPreferences.DisplayDocTitle
        assert (
            "/OutputIntents" in root
            and "/Encrypt" not in pdf.trailer
            and "/JavaScript" not in str(root.get("/Names", ""))
        )
        assert [str(item.title) for item in pdf.open_outline().root] == ["摘要", "一、基本情况"]
        found = _elements(root.StructTreeRoot, [])
        kinds = {str(element.S) for element in found}
        assert kinds >= {
            "/H1",
            "/H2",
            "/P",
            "/Table",
            "/TR",
            "/TH",
            "/TD",
            "/Figure",
            "/Caption",
            "/L",
            "/LI",
        } - {"/L", "/LI"}
        assert all(str(element.get("/Alt", "")) for element in found if element.S == "/Figure")
        for font in (f for page in pdf.pages for f in page.Resources.get("/Font", {}).values()):
            below = (
                font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
            )
            assert {"/FontFile2", "/FontFile3"} & set(below.keys()), "embedded"


def test_real_data_carry_no_demo_mark(tools):
    node = tools.notebook(v4.new_markdown_cell("正文"), demo=False, dataset="2026")
    assert "演示数据" not in flat("".join(pdf_pages(render_pdf(node))))
    assert "演示数据" not in BeautifulSoup(render_html(node), "html.parser").body.get_text()


def test_rare_characters_and_missing_ones(tools):
    rare = "䶮㛃𬱖郚𬎆"
    node = tools.notebook(v4.new_markdown_cell(f"姓名 {rare} 与 \U0001f600"))
    made = body.build(node)
    assert [w for w in made.warnings if "U+1F600" in w] and len(made.warnings) == 1
    assert rare in made.text and "〓" in made.text
    text = "".join(pdf_pages(render_pdf(node)))
    assert all(character in text for character in rare + "〓")
    assert fonts.missing("𬎆", (fonts.SANS, fonts.SERIF)) == {"𬎆"} and not fonts.missing("景芝 \n")
    assert f'font-family:"{fonts.FALLBACK}"' in render_html(node)


def test_only_package_fonts_in_pdf(rendered):
    names = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z-]+)", rendered.pdf))
    assert names and all(name.startswith(b"Noto") for name in names)


def test_alternative_text_is_never_missing(tools):
    pixel = base64.b64encode(
        base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
    ).decode()
    bare, described, captioned = (v4.new_code_cell("1") for _ in range(3))
    bare.outputs = [v4.new_output("display_data", data={"image/png": pixel})]
    described.outputs = [
        v4.new_output("display_data", data={"image/png": pixel}, metadata={"image/png": {"alt": "甲图"}})
    ]
    captioned.outputs = [v4.new_output("display_data", data={"image/png": pixel})]
    captioned.metadata["caption"] = "乙图"
    node = tools.notebook(bare, described, captioned)
    images = BeautifulSoup(render_html(node), "html.parser").find_all("img")
    assert [img["alt"] for img in images] == [body.NO_ALT, "甲图", "乙图"]
    assert render_pdf(node).startswith(b"%PDF")  # PDF/UA-1 refuses an image without one


def test_plain_pandas_and_prints(tools):
    frame = v4.new_code_cell("1")
    frame.outputs = [
        v4.new_output("execute_result", data={"text/html": "<style scoped>x</style><table border='1' class='dataframe'>"
                      "<thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>"}),
        v4.new_output("stream", name="stdout", text="打印的话 <b>"),
        v4.new_output("stream", name="stderr", text="警告"),
        v4.new_output("execute_result", data={"text/plain": "[<matplotlib.lines.Line2D at 0x7f00aa>]"}),
    ]  # fmt: skip
    made = body.build(tools.notebook(frame))
    assert "打印的话 <b>" in made.text and "警告" not in made.text and "Line2D" not in made.text
    assert "<style" not in made.html and 'class="data plain"' in made.html
    assert "打印的话" in "".join(pdf_pages(render_pdf(tools.notebook(frame))))


@pytest.mark.parametrize("columns", [6, 12, 20])
def test_crowded_tables_stay_on_the_page(tools, columns):
    rows = [
        [
            "安丘市景芝镇中心小学暨附属第二教学点（原伏留乡中心完全小学与柳沟河村联办小学）" * 2,
            *["1,234,567"] * (columns - 1),
        ]
    ]
    pdf = render_pdf(
        tools.notebook(tools.shown(tools.table(rows * 3, [f"第{n}项指标" for n in range(columns)])))
    )
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        width, _ = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        # the core ends 26 mm from the right edge (turned: 35 mm from either)
        assert max(box[2] for box in boxes) <= width - 26 / 25.4 * 72 + 1.5
    assert "".join(pdf_pages(pdf)).count("1,234,567") == 3 * (columns - 1)


def test_two_reports_one_after_the_other_share_nothing(tools):
    first = tools.notebook(v4.new_markdown_cell("甲甲甲"), town="景芝镇")
    second = tools.notebook(v4.new_markdown_cell("乙乙乙"), town="郚山镇")
    a = render_html(first), render_pdf(first)
    b = render_html(second), render_pdf(second)
    assert (render_html(first), render_pdf(first)) == a
    assert "景芝" not in b[0] and "甲甲甲" not in b[0]
    assert "景芝" not in "".join(pdf_pages(b[1]))


def test_rendering_both_at_once_or_through_nbconvert_gives_the_same_bytes(rendered):
    assert render(rendered.notebook) == (rendered.html, rendered.pdf, [])
    assert ReportHTMLExporter().from_notebook_node(rendered.notebook)[0] == rendered.html
    assert ReportPDFExporter().from_notebook_node(rendered.notebook)[0] == rendered.pdf


def test_exporters_take_a_bare_notebook():
    node = v4.new_notebook(cells=[v4.new_markdown_cell("# 我的分析\n\n文字")])
    page, _ = ReportHTMLExporter().from_notebook_node(node)
    assert "我的分析" in page
    pdf, resources = ReportPDFExporter().from_notebook_node(node)
    assert pdf.startswith(b"%PDF") and resources["output_extension"] == ".pdf"


@pytest.mark.parametrize(
    "html",
    [
        "<hr/><blockquote>引文<table><tr><td>1</td></tr></table></blockquote>",
        "<figure></figure><table></table><h2></h2>",
        "<table><tr><td><table><tr><td>内表</td></tr></table></td></tr></table>",
        (
            "<table><thead><tr><th rowspan='2'>甲</th><th colspan='2'>乙</th></tr><tr><th>丙</th><th>丁</th></tr></thead>"
            "<tbody><tr><td>1</td><td>2</td><td>3</td></tr></tbody></table>"
        ),
        "<table><tr><td><ul><li>项</li></ul><h4>题</h4></td></tr></table>",
        "<details><summary>点开</summary><table><tr><td>1</td></tr></table></details>",
        "<div><p>未闭合<b>粗",
        "<section class='box'><table><tr>" + "<td>甲乙丙丁</td>" * 40 + "</tr></table></section>",
    ],
)
def test_awkward_outputs_still_make_a_report(tools, html):
    node = tools.notebook(tools.shown(html), v4.new_markdown_cell("末尾的话"))
    assert "末尾的话" in "".join(pdf_pages(render_pdf(node)))
    assert "末尾的话" in render_html(node)


def test_a_cell_longer_than_a_page_loses_nothing(tools):
    html = tools.table([["长" * 3000, "1"]], ["情况", "人数"])
    assert "".join(pdf_pages(render_pdf(tools.notebook(tools.shown(html))))).count("长") == 3000


def test_an_annex_begins_on_a_page_of_its_own(tools):
    node = tools.notebook(*map(v4.new_markdown_cell, ("正文的话", "## 附件：名单", "名单的话")))
    first, second = pdf_pages(render_pdf(node))
    assert "正文的话" in first and "附件" not in first
    assert "名单的话" in second


def test_a_report_to_print_on_one_sheet_is_set_closely(tools):
    cells = [v4.new_markdown_cell("一段话，" * 24) for _ in range(24)]
    node = tools.notebook(*cells)
    roomy = pdf_pages(render_pdf(node))
    node.metadata["edureport"]["compact"] = True
    close = pdf_pages(render_pdf(node))
    assert (len(roomy), len(close)) == (3, 2)
    assert flat("".join(close)).count("一段话，") == 24 * 24


def test_nbconvert_can_execute_before_it_exports():
    """``jupyter nbconvert --execute``: what the exporter shows is what the preprocessors left, outputs included."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1")])

    def filled(nb, resources):
        nb.cells[0].outputs = [v4.new_output("display_data", data={"text/html": "<p>刚刚算出</p>"})]
        return nb, resources

    exporter = ReportHTMLExporter()
    exporter.register_preprocessor(filled, enabled=True)
    assert "刚刚算出" in exporter.from_notebook_node(notebook)[0]


def test_a_notebook_exported_from_the_menu_keeps_its_marks(tools):
    """No pipeline has set the notebook's metadata: the title's own output says whose report it is."""
    head = tools.notebook().metadata["edureport"]
    shown = v4.new_output(
        "display_data", data={"text/html": "<h1 class='title'>题</h1>"}, metadata={"edureport": head}
    )
    bare = v4.new_notebook(cells=[v4.new_code_cell("report.title()", outputs=[shown])])
    assert head["demo"]
    assert all("演示数据" in page for page in pdf_pages(render_pdf(bare)))
    assert "演示数据" in render_html(bare)
    assert head["town"]["name"] in render_html(bare)


def test_two_exports_at_once_do_not_disturb_each_other(rendered):
    # as JupyterLab does when its menu is used twice: each export has a thread of its own
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(render_pdf, [rendered.notebook] * 8)) == {rendered.pdf}


def test_a_heading_of_two_characters_stays_in_one_line(tools):
    page = BeautifulSoup(
        render_html(tools.notebook(tools.shown(tools.table([["一", "二"]], ["编号", "分子 / 分母"])))),
        "html.parser",
    )
    assert [head.get("class") for head in page.select("main thead th")] == [["short"], None]
    assert "th.short" in page.find("style").string
