"""The fonts in a page: the characters asked for, outlines unchanged, the same bytes each time."""

import io

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from pipelines.render import fonts, webfonts


TEXT = "景芝镇第一小学（abc，123）"


def outline(font: TTFont, character: str) -> list:
    pen = RecordingPen()
    font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
    return pen.value


@pytest.mark.parametrize("family", [fonts.SERIF, fonts.SANS, fonts.FALLBACK])
def test_a_subset_has_these_characters_with_their_outlines_and_widths(family):
    packed = TTFont(io.BytesIO(webfonts.woff2(webfonts.subset(family, set(map(ord, TEXT))))))
    number = fonts.FALLBACK_FACE if family == fonts.FALLBACK else -1
    whole = TTFont(fonts.files()[family], fontNumber=number, lazy=True)
    assert packed.flavor == "woff2"
    assert set(packed.getBestCmap()) == set(map(ord, TEXT))
    assert packed["name"].getDebugName(1) == whole["name"].getDebugName(1)
    for character in TEXT:
        name, original = packed.getBestCmap()[ord(character)], whole.getBestCmap()[ord(character)]
        assert packed["hmtx"][name][0] == whole["hmtx"][original][0]
        assert outline(packed, character) == outline(whole, character) != []


def test_the_character_map_is_that_of_the_file():
    for family in (fonts.SERIF, fonts.FALLBACK):
        number = fonts.FALLBACK_FACE if family == fonts.FALLBACK else -1
        with TTFont(fonts.files()[family], fontNumber=number, lazy=True) as font:
            assert fonts.coverage(family) == frozenset(font.getBestCmap())


def test_same_bytes_whatever_was_cut_before_and_in_whatever_order():
    first = webfonts.font_face(fonts.SANS, TEXT)
    webfonts.font_face(fonts.SANS, "别的字" + TEXT)
    assert webfonts.font_face(fonts.SANS, TEXT[::-1] * 2) == first
    fonts.face.cache_clear()
    assert webfonts.font_face(fonts.SANS, TEXT) == first


def test_no_face_for_characters_the_family_lacks():
    assert webfonts.font_face(fonts.SANS, "\U0001f600") == ""


@pytest.mark.parametrize("number, groups", [(0, "00"), (127, "7f"), (128, "8100"), (1 << 14, "818000")])
def test_numbers_in_groups_of_seven_bits(number, groups):
    assert webfonts._base128(number).hex() == groups
