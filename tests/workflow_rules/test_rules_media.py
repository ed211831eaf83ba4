"""What may be attached, and what is missing: rules without a file in sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.reference import playbook
from workflow.rules.media import (
    ALIKE,
    Attached,
    Facts,
    alike,
    alt_text_trouble,
    distance,
    megabytes,
    provenance_gap,
    refusal_of_size,
    rights_gap,
    signatures_outlive,
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
