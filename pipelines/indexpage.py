"""index.html of a batch: every report of a quarter and edition, with its state, to be searched and opened.

It is made from what lies in the folder, not from what was asked for: a report that is not there has no row. Links are
relative, so the folder can be copied to a USB stick. The state of a report is read from its own first page, and town
and quarter are compared with the folder it lies in.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from pipelines import atomic, manifest, markup, themes
from pipelines.errors import ReportFailed
from pipelines.indicators.catalogue import load_catalogue
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.render import fonts, webfonts
from pipelines.render.html import TEMPLATES, script_hash
from pipelines.revisions import records
from pipelines.settings import Settings
from pipelines.towns import Town


COUNTY_FOLDER = "county"
_LIGHT = re.compile(r'<span class="light (red|yellow|green|grey)">\S+ ([^<]{1,40})</span>')
_HEAD = re.compile(r'<meta name="edureport:([a-z-]+)" content="([^"]*)">')
_STATUS = {"red": "未达标", "yellow": "需关注", "green": "达标", "grey": "缺报，不作评价"}


@dataclass(frozen=True)
class Row:
    """One report in the index."""

    town: str
    search: str
    theme: str
    status: str
    light: Markup
    short: str
    missing: str
    links: list[dict[str, str]]


def write_index(settings: Settings, dataset: str, period: Period, edition: str) -> Path:
    """Write ``reports/<dataset>/<period>/<edition>/index.html`` from the reports that lie there; return its path.

    ReportFailed if a report's own town or quarter is not that of its folder and name.
    """
    target = settings.paths.report(dataset, period, edition, "index.html")
    register = load_reference(settings, dataset).towns
    known = themes.load_themes(settings)
    rows = [
        row
        for town in [*register.towns, register.county]
        for theme in known
        if not theme.county_only and (row := _row(target.parent, town, period, theme)) is not None
    ]
    county = [
        {
            "title": f"全市{theme.title}",
            "links": _links(target.parent, register.county, period, theme),
        }
        for theme in known
        if theme.county_only and _pages(target.parent, register.county, period, theme)
    ]
    title = f"{settings.county_name}{period.label}监测报告目录"
    content = {
        "title": title,
        "running": f"{settings.county_name} · {period.label} · {themes.EDITION_LABELS[edition]}",
        "demo": settings.is_demo(dataset),
        "as_of": period.end.isoformat(),
        "edition_label": themes.EDITION_LABELS[edition],
        "bureau": settings.bureau,
        "county": county,
        "rows": rows,
        "themes": list(dict.fromkeys(row.theme for row in rows)),
        "statuses": [word for word in _STATUS.values() if any(row.status == word for row in rows)],
    }
    return atomic.write_text(target, _page(content))


def _page(content: dict[str, Any]) -> str:
    script = (TEMPLATES / "index.js").read_text(encoding="utf-8")
    css = (TEMPLATES / "edureport" / "report.css").read_text(encoding="utf-8")
    template = _environment().get_template("index.html.j2")
    plain = content | {"fonts": "", "css": "", "script": "", "script_hash": ""}
    # what is set in the page decides which characters of the fonts travel with it
    bare = template.render(plain)
    text = (
        re.sub(r"<[^>]*>", "", bare)
        + script
        + "".join(re.findall(r'(?:placeholder|data-label)="([^"]*)"', bare))
        + "："
    )
    text += "".join(map(chr, range(0x20, 0x7F)))
    faces = [webfonts.font_face(fonts.SERIF, text), webfonts.font_face(fonts.SANS, text)]
    faces.append(webfonts.font_face(fonts.FALLBACK, "".join(sorted(fonts.missing(text)))))
    return template.render(
        content
        | {
            "fonts": Markup("\n".join(face for face in faces if face)),
            "css": Markup(css),
            "script": Markup(script),
            "script_hash": script_hash(script),
        }
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True)


def _folder(town: Town) -> str:
    return COUNTY_FOLDER if town.is_county else town.name


def _pages(root: Path, town: Town, period: Period, theme: themes.Theme) -> list[tuple[int, Path]]:
    """The report's editions that lie there, latest first: (number, page)."""
    stem = themes.file_stem(town.name, period, theme.title)
    return records.editions_of(root / _folder(town), stem, ".html")


def _links(root: Path, town: Town, period: Period, theme: themes.Theme) -> list[dict[str, str]]:
    """Links to the latest edition and the figures it was made with, then to the earlier ones with their names."""
    links = []
    pages = _pages(root, town, period, theme)
    for number, page in pages:
        files = [("网页", page), ("PDF", page.with_suffix(".pdf"))]
        if (figures := _figures(page.parent, theme, number)) is not None:
            files.append(("数据", figures))
        name = records.label(number) if len(pages) > 1 else ""
        links += [
            {
                "text": f"{name}{text}",
                "label": f"{town.name}{theme.title}{name}：{text}",
                "href": quote(file.relative_to(root).as_posix()),
            }
            for text, file in files
            if file.is_file()
        ]
    return links


def _figures(folder: Path, theme: themes.Theme, number: int) -> Path | None:
    """The figures an edition was made with; None where that is not known or they were replaced since."""
    known = manifest.figures_files(folder)
    if known is None:  # a folder that tells nothing: its one file of figures, if there is no choice
        return (
            records.latest_figures(folder)
            if len(records.editions_of(folder, records.FIGURES_STEM, ".json")) == 1
            else None
        )
    name = known.get((theme.name, number))
    return folder / name if name else None


def _row(root: Path, town: Town, period: Period, theme: themes.Theme) -> Row | None:
    pages = _pages(root, town, period, theme)
    if not pages:
        return None
    number, page = pages[0]
    content = page.read_text(encoding="utf-8")
    head = dict(_HEAD.findall(content))
    asked = {"town": escape(town.name), "period": str(period), "theme": theme.name}
    if any(head.get(name) != value for name, value in asked.items()):
        raise ReportFailed(
            f"目录没有写成：{page.name} 里的镇街区、季度或主题与所在位置不符。", "请重新生成这份报告。"
        )
    found = _LIGHT.search(content)
    short, missing = _counts(_figures(page.parent, theme, number), theme.name)
    return Row(
        town=town.name if not town.is_county else f"全市（{town.name}）",
        search=" ".join([town.name, town.short_name, town.pinyin, *town.aliases]).lower(),
        theme=theme.title,
        # a report without targets has no light
        status=_STATUS[found[1]] if found else "—",
        light=Markup(markup.light(*found.groups())) if found else Markup("—"),
        short=short,
        missing=missing,
        links=_links(root, town, period, theme),
    )


def _counts(file: Path | None, theme: str) -> tuple[str, str]:
    """How many indicators of the theme are short of their target, and how many are missing."""
    if file is None or not file.is_file():
        return "—", "—"
    entries = json.loads(file.read_text(encoding="utf-8"))["indicators"]
    own = {i for i in load_catalogue().ids if load_catalogue().entry(i).theme == theme}
    chosen = [entry for entry in entries if entry["id"] in own]
    if not own:
        return "—", "—"  # an analyst's own report: its figures are none of the catalogue's
    short = sum(entry["status"] == "未达标" for entry in chosen)
    return str(short), str(sum(entry["state"] == "missing" for entry in chosen))
