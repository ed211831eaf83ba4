"""What may be attached, and what is missing: rules without a file in sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.errors import BadInput
from data.reference import playbook
from workflow.rules.media import (
    ALIKE,
    LEAST_QUALITY,
    OUR_OWN,
    PLAIN_ORIGIN,
    PLAIN_SEARCH,
    SEARCH_PAGES,
    Attached,
    Facts,
    Origin,
    Search,
    alike,
    alt_text_trouble,
    distance,
    megabytes,
    provenance_gap,
    refusal_of_size,
    rights_gap,
    scenes,
    signatures_outlive,
    type_of,
    unfit,
)

X, BLUESKY, STORY = playbook("x"), playbook("bluesky"), playbook("instagram_story")
CUP = Attached("cup.jpg", "image/jpeg", 400_000, "A glass of iced tea on a wet wooden table.")


def test_a_good_picture_fits_everywhere() -> None:
    assert [unfit((CUP,), book) for book in (X, BLUESKY, STORY)] == [(), (), ()]


@pytest.mark.parametrize("text", ["", "  ", "IMG_2231", "cup.jpg", "Screenshot 12", "x" * 1001])
def test_a_description_that_describes_nothing_does_not_do(text: str) -> None:
    assert alt_text_trouble(text, X)
    assert unfit((replace(CUP, alt_text=text),), X)[0].startswith("cup.jpg ")


def test_each_platform_has_its_own_limits() -> None:
    assert unfit((CUP,) * 4, X) == ()
    assert "X takes 4 at most, and there are 5" in unfit((CUP,) * 5, X)[0]
    assert "takes 1 at most" in unfit((CUP,) * 2, STORY)[0]
    large = replace(CUP, size=1_200_000)
    assert unfit((large,), X) == ()
    assert unfit((large,), BLUESKY) == ("cup.jpg has 1.2 MB, and Bluesky takes 1 MB. Save it smaller.",)
    moving = replace(CUP, mime="image/gif", size=9_000_000)
    assert unfit((moving,), X) == ()
    assert unfit((replace(moving, mime="image/png"),), X)


@pytest.mark.parametrize(
    ("origin", "search", "rights", "missing"),
    [
        (None, "clear", "Rosa", "pr"),
        ("in-house", None, None, ""),
        ("In house", None, None, ""),
        ("licensed", None, None, ""),
        ("found", None, None, "pr+ri"),
        ("found", "not clear", "Rosa", "pr"),
        ("customer-made", "clear", " ", "ri"),
        ("stock", "clear", "licence 4471", ""),
        ("anything else", "clear", None, "ri"),
    ],
)
def test_somebody_elses_picture_needs_a_search_and_a_permission(
    origin: str | None, search: str | None, rights: str | None, missing: str
) -> None:
    said = ["pr" * bool(provenance_gap("a", origin, search)), "ri" * bool(rights_gap("a", origin, rights))]
    assert "+".join(filter(None, said)) == missing


@pytest.mark.parametrize("change", [{"origin": "in-house"}, {"search": "clear"}, {"rights_on": "2026-03-01"}])
def test_signatures_do_not_outlive_any_change_of_what_was_noted(change: dict[str, str]) -> None:
    before = Facts(origin="found", search="not clear")
    assert signatures_outlive(before, Facts(origin="found", search="not clear"))
    assert not signatures_outlive(before, replace(before, **change))


def test_pictures_are_alike_up_to_the_threshold_and_not_beyond() -> None:
    plain = "0" * 64
    near, far = f"{2**ALIKE - 1:064x}", f"{2 ** (ALIKE + 1) - 1:064x}"
    assert (distance(plain, near), distance(plain, far)) == (31, 32)
    assert alike((plain,), (far, near))
    assert not alike((plain,), (far,))
    assert not alike((), (plain,))


@pytest.mark.parametrize(
    ("size", "ok"),
    [
        ((16, 16, 1), True),
        ((15, 400, 1), False),
        ((8_000, 5_000, 1), True),
        ((8_000, 5_001, 1), False),
        ((12_000, 20, 1), True),
        ((12_001, 20, 1), False),
        ((500, 400, 300), True),
        ((500, 401, 300), False),
        ((16, 16, 301), False),
    ],
)
def test_sizes_have_limits_at_both_ends(size: tuple[int, int, int], ok: bool) -> None:
    assert (refusal_of_size(*size) == "") is ok


@pytest.mark.parametrize(("size", "said"), [(900, "1 kB"), (812_400, "812 kB"), (9_500_000, "9.5 MB"), (10**6, "1 MB")])
def test_sizes_are_told_as_people_read_them(size: int, said: str) -> None:
    assert megabytes(size) == said


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WEBP"),
        (b"\xff\xd8\xff".ljust(10_485_760), "JPEG"),
    ],
)
def test_the_first_bytes_say_what_a_picture_is(content: bytes, kind: str) -> None:
    assert type_of(content) == kind


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff".ljust(10_485_761), "larger than 10.5 MB"),
        *[(b"\x00\x00\x00\x18ftyp" + brand, "HEIC or AVIF") for brand in
          (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif", b"avis")],
        (b"\x00\x00\x00\x18ftypqt  ", "Videos are not taken in"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "Videos are not taken in"),
        (b"\x1aE\xdf\xa3", "Videos are not taken in"),
        (b"\x00\x00\x01\xba", "Videos are not taken in"),
        (b"OggS", "Videos are not taken in"),
        (b"FLV", "Videos are not taken in"),
        (b"%PDF", "PDF"),
        (b"II*\x00", "TIFF"),
        (b"MM\x00*", "TIFF"),
        (b"BM", "BMP"),
        (b"PK\x03\x04", "archive"),
        (b"\xef\xbb\xbf <svg>", "SVG, HTML"),
        (b" " * 1023 + b"<html>", "SVG, HTML"),
        (b" " * 1024 + b"<html>", "no picture that Tact knows"),
        (b"\x89PNG\r\n\x1a", "no picture that Tact knows"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_by_its_kind(content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        type_of(content)


def test_the_words_of_origins_and_searches_are_the_ones_that_were_stored() -> None:
    assert {one.value for one in PLAIN_ORIGIN} == {"in-house", "licensed", "stock", "customer-made", "found"}
    assert set(PLAIN_ORIGIN) == set(Origin)
    assert {one.value for one in PLAIN_SEARCH} == {"clear", "not clear"} == {one.value for one in Search}
    assert {"in-house", "licensed"} == OUR_OWN


def test_search_pages_are_pages_for_uploading_and_carry_nothing() -> None:
    assert [page.label for page in SEARCH_PAGES] == ["Google Lens", "TinEye", "Bing", "Yandex"]
    for page in SEARCH_PAGES:
        assert page.url.startswith("https://")
        assert "?" not in page.url


def test_looks_are_worth_something_from_the_makers_quality_on() -> None:
    assert LEAST_QUALITY == 50
    assert scenes(None) == ()
    assert scenes("ab cd") == ("ab", "cd")
