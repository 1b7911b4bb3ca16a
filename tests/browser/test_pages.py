"""The pages as readers meet them: by eye, by ear, by keyboard, without a network, without scripts, on a phone."""

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


TOWN = ["控辍保学", "学生资助", "留守儿童关爱", "重点任务进展"]
NAMES = [*(f"景芝镇_2026Q3_{theme}" for theme in TOWN), "总览", "目录"]
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture
def visit(browser, pages):
    """Open a page in a context of its own; everything it asks for and complains of is kept."""
    contexts = []

    def opened(name, size=(1280, 900), scheme="light", **options):
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(pages[name].as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_no_barrier_that_axe_can_find(visit, name, scheme, screen):
    page = visit(name, SCREENS[screen], scheme)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_loaded_and_nothing_complains(visit, name):
    page = visit(name)
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(100)
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in page.asked if url.startswith("file:")]) == 1
    assert page.complaints == []


@pytest.mark.parametrize("name", NAMES)
def test_text_reflows_on_a_narrow_screen(visit, name):
    page = visit(name, (320, 640))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_table_is_sorted_and_filtered_with_the_keyboard_alone(visit):
    page = visit("总览")
    table = page.locator("table.matrix").first
    towns = lambda: table.locator("tbody tr:visible th").all_inner_texts()
    before = towns()
    button = table.locator("thead button").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    assert table.locator("thead th").nth(1).get_attribute("aria-sort") == "descending"
    numbers = [
        int("".join(c for c in text if c.isdigit()))
        for text in table.locator("tbody tr td:nth-child(2)").all_inner_texts()
    ]
    assert numbers == sorted(numbers, reverse=True)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert table.locator("thead th").nth(1).get_attribute("aria-sort") == "none"
    assert towns() == before
    page.locator(".tools input").first.focus()
    page.keyboard.type("景芝")
    assert towns() == ["景芝镇"]
    assert page.locator(".tools output").first.inner_text().startswith("显示 1 行")


def test_every_control_can_be_reached_and_shows_where_it_is(visit):
    page = visit("景芝镇_2026Q3_控辍保学")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    summary = page.locator("details.chart-data summary").first
    summary.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.locator("details.chart-data").first.locator("table").is_visible()


def test_a_download_is_a_readable_file(visit):
    page = visit("景芝镇_2026Q3_控辍保学")
    page.locator("details.chart-data summary").first.click()
    with page.expect_download() as waiting:
        page.locator("details.chart-data a.download").first.click()
    assert waiting.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("name", NAMES)
def test_everything_can_be_read_without_scripts(visit, name):
    plain, full = visit(name, java_script_enabled=False), visit(name)
    rows = lambda page: page.locator("tbody tr:visible").count()
    assert rows(plain) == rows(full) > 0
    assert plain.locator(".tools:visible").count() == 0


def test_the_contents_follow(visit):
    page = visit("景芝镇_2026Q3_控辍保学")
    current = page.locator("nav a[aria-current]")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(current).not_to_have_text("摘要")
    page.evaluate("window.scrollTo(0, 0)")
    expect(current).to_have_text("摘要")


def test_a_filtered_table_is_printed_whole(visit):
    page = visit("总览")
    table = page.locator("table.matrix").first
    page.locator(".tools input").first.fill("景芝")
    page.emulate_media(media="print")
    assert table.locator("tbody tr:visible").count() == 13
    assert (
        page.locator(".tools:visible, details.chart-data:visible, .anchor:visible, nav:visible").count() == 0
    )


def test_the_index_finds_a_town_by_name_theme_and_state(visit):
    page = visit("目录")
    rows = page.locator("tbody tr:visible")
    everything = rows.count()
    page.fill("#town", "jingzhi")
    assert rows.count() == 4 <= everything  # three themes and the plan
    page.select_option("#theme", label="学生资助")
    assert rows.locator("td").first.inner_text() == "学生资助" and rows.count() == 1
    page.fill("#town", "没有这个镇")
    assert rows.count() == 0 and page.locator("#nothing").is_visible()
    page.fill("#town", "")
    page.select_option("#theme", value="")
    assert rows.count() == everything
    for link in page.locator("tbody a").all():
        assert page.evaluate("([a]) => a.href.startsWith('file:')", [link.element_handle()])


def test_the_index_is_used_with_the_keyboard_alone(visit):
    page = visit("目录")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached
        if reached[-1] == "status":
            break
    assert [name for name in reached if name in ("town", "theme", "status")] == ["town", "theme", "status"]
    page.locator("#town").focus()
    page.keyboard.type("jingzhi")
    page.keyboard.press("Enter")  # must not leave the page
    assert page.locator("tbody tr:visible").first.locator("th").inner_text() == "景芝镇"
    page.locator("tbody a:visible").first.focus()
    assert page.evaluate("document.activeElement.getAttribute('href')").endswith(".html")


@pytest.mark.parametrize("name", ["景芝镇_2026Q3_控辍保学", "总览"])
def test_on_a_phone_page_one_shows_who_and_when_without_scrolling_sideways(visit, name):
    page = visit(name, SCREENS["phone"])
    row = page.locator("section.box tbody tr").first
    for cell in row.locator("td, th").all():
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= SCREENS["phone"][0]
    assert "时限" in row.locator("td[data-label='时限']").evaluate(
        "c => getComputedStyle(c, '::before').content"
    )


def test_numbers_line_up_on_the_decimal_point(visit):
    page = visit("景芝镇_2026Q3_控辍保学")
    edges = page.locator("table.data").nth(1).locator("tbody td:nth-child(3)").evaluate_all(
        """cells => cells.map(cell => {
          const found = /^[^\\d]*[\\d,]+/.exec(cell.textContent);
          if (!found) return null;
          const range = document.createRange();
          range.setStart(cell.firstChild, 0); range.setEnd(cell.firstChild, found[0].length);
          return range.getBoundingClientRect().right;
        }).filter(edge => edge !== null)"""
    )  # fmt: skip
    assert len(edges) > 5 and max(edges) - min(edges) < 1.5


def test_a_definition_is_one_link_away(visit):
    page = visit("景芝镇_2026Q3_控辍保学")
    link = page.locator("a.def").first
    name = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("decodeURIComponent(location.hash)") == f"#口径-{name}"
    assert page.locator("tr:target").is_visible()


@pytest.mark.parametrize("name", NAMES[:3])
def test_page_one_is_printed_on_one_page(visit, name):
    paper = pypdfium2.PdfDocument(visit(name).pdf(prefer_css_page_size=True))
    first = "".join(paper[0].get_textpage().get_text_range().split())
    # the last words of the box
    assert "本季度须办事项" in first and "编号代替姓名" in first
    assert name.split("_")[-1] + "监测报告" in first


def test_a_phone_shows_the_links_of_the_index_and_the_lettering_of_charts(visit):
    page = visit("目录", SCREENS["phone"])
    boxes = [link.bounding_box() for link in page.locator("td.files a").all()[:6]]
    assert boxes and all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    page = visit("景芝镇_2026Q3_控辍保学", SCREENS["phone"])
    chart = page.locator("figure.chart svg").first
    # drawn 156 mm wide with type of 9 points: at this width it is still 8 pixels and more
    assert chart.bounding_box()["width"] >= 500
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
