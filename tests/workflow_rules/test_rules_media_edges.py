"""The edges that the mutation test asked for: what is exactly at a limit is still within it."""

from __future__ import annotations

import pytest

from data.errors import BadInput
from data.reference import playbook
from workflow.rules.media import MOST_BYTES, Attached, alt_text_trouble, distance, plain_origin, scenes, type_of, unfit

X = playbook("x")
PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF\x10\x00\x00\x00WEBP"


def test_what_is_exactly_at_a_limit_is_within_it() -> None:
    assert X.alt_text_limit is not None
    assert X.picture_bytes is not None
    assert alt_text_trouble("a" * X.alt_text_limit, X) == ""
    over = alt_text_trouble("a" * (X.alt_text_limit + 3), X)
    assert "description 3 too long" in over
    assert unfit((Attached("cup.jpg", "image/jpeg", X.picture_bytes, "A cup of tea."),), X) == ()
    assert unfit((Attached("cup.jpg", "image/jpeg", X.picture_bytes + 1, "A cup of tea."),), X)
    assert type_of(PNG.ljust(MOST_BYTES, b"x")) == "PNG"
    with pytest.raises(BadInput, match="larger than"):
        type_of(PNG.ljust(MOST_BYTES + 1, b"x"))


def test_a_phones_photo_is_told_from_a_video_whatever_follows_its_brand() -> None:
    with pytest.raises(BadInput, match="Export it as JPEG on the phone"):
        type_of(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1")
    with pytest.raises(BadInput, match="Videos are not taken in"):
        type_of(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isom")


def test_an_origin_has_one_spelling() -> None:
    assert [plain_origin(one) for one in ("In_house", "in house", " IN-HOUSE ", None)] == ["in-house"] * 3 + [""]


def test_a_platform_without_pictures_says_so() -> None:
    none = X.model_copy(update={"pictures": 0})
    assert "takes no pictures, and there are 1" in unfit((Attached("a.jpg", "image/jpeg", 9, "A cup."),), none)[0]


def test_a_webp_is_known_by_both_of_its_marks() -> None:
    assert type_of(WEBP) == "WEBP"
    for other in (b"RIFX" + WEBP[4:], WEBP[:8] + b"WAVE", b"", b"plain words"):
        with pytest.raises(BadInput):
            type_of(other)


def test_two_hashes_are_told_apart_bit_by_bit() -> None:
    assert distance("0f", "f0") == 8
    assert distance("0a", "0a") == 0
    assert distance("1f", "1e") == 1
    assert scenes(None) == ()
    assert scenes("0f f0") == ("0f", "f0")
