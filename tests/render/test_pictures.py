"""Pages compared with approved pictures, tolerantly: a moved line is found, another rounding of a grey is not.

After a wanted change: look at the new pages (``make gallery``), then ``make approve``.
"""

import os
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from pipelines import samples
from pipelines.render.pdf import render_pdf


APPROVED = Path(__file__).parent / "approved"
SCALE = 0.6


@pytest.fixture(scope="module")
def pages() -> list[np.ndarray]:
    document = pypdfium2.PdfDocument(render_pdf(samples.notebook(samples.pieces())))
    return [np.asarray(page.render(scale=SCALE, grayscale=True).to_pil().convert("L")) for page in document]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the page whose grey differs plainly, after a blur of two pixels; 1 for another size."""
    if one.shape != other.shape:
        return 1.0
    small = [np.asarray(Image.fromarray(page).reduce(2), dtype=int) for page in (one, other)]
    return float((abs(small[0] - small[1]) > 48).mean())


def test_pages_look_as_approved(pages) -> None:
    if os.environ.get("EDUREPORT_APPROVE"):
        APPROVED.mkdir(exist_ok=True)
        for old in APPROVED.glob("page-*.png"):
            old.unlink()
        for number, page in enumerate(pages, 1):
            Image.fromarray(page).quantize(16).save(APPROVED / f"page-{number}.png", optimize=True)
    approved = sorted(APPROVED.glob("page-*.png"), key=lambda file: int(file.stem.rpartition("-")[2]))
    assert len(approved) == len(pages)
    for file, page in zip(approved, pages, strict=True):
        assert difference(page, np.asarray(Image.open(file).convert("L"))) < 0.004, file.name


def test_the_measure_finds_a_line_that_moved_and_bears_another_grey(pages) -> None:
    page = pages[1]
    assert difference(page, np.roll(page, 3, axis=0)) > 0.004
    assert difference(page, np.clip(page.astype(int) + 12, 0, 255).astype(np.uint8)) < 0.004


def test_approved_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in APPROVED.iterdir()) < 300_000
