"""Pictures from outside, opened by the real child: what is told, what is left out, and what a hostile one costs."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from data.errors import BadInput
from tests.pictures import as_bytes, scene
from workflow.picture_child import remake
from workflow.pictures import named, opened
from workflow.rules.media import MOST_BYTES, alike, distance

JPEG = as_bytes(scene(1))
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(40)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(40)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose head promises this size, and whose body is a little of nothing that unpacks to a lot."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(3_000_000))) + chunk(b"IEND", b"")


def shape(content: bytes) -> tuple[str | None, str, tuple[int, int], int]:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.format, picture.mode, picture.size, getattr(picture, "n_frames", 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "larger than"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG, HTML"),
        (b"\xef\xbb\xbf\n<!doctype html><h1>cat.jpg</h1>", "SVG, HTML"),
        (MP4, "Videos are not taken in"),
        (b"\x1aE\xdf\xa3" + bytes(40), "by hand"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "Videos are not taken in"),
        (HEIC, "Export it as JPEG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04rest", "archive"),
        (b"MZ\x90\x00", "no picture that Tact knows"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_to_do(given: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        opened(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (png_claiming(50_000, 50_000), "million pixels"),
        (png_claiming(200_000, 20), "a side"),
        (as_bytes(Image.new("RGB", (1, 1)), "PNG"), "too small"),
    ],
)
def test_a_picture_of_an_absurd_size_is_refused_before_it_is_unpacked(given: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        remake(given)


@pytest.mark.parametrize(
    "given",
    [
        JPEG[: len(JPEG) // 2],
        JPEG[:4],
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        png_claiming(5_000, 7_000)[:200],
    ],
)
def test_a_damaged_one_costs_a_child_and_is_told_plainly(given: bytes) -> None:
    with pytest.raises(BadInput, match="damaged, cut off, or built to do harm") as told:
        opened(given)
    assert told.value.cause


def test_one_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(BadInput, match="cannot be opened") as told:
        opened(JPEG, seconds=0.01)
    assert "limit 0.01 seconds" in told.value.cause


def test_what_cameras_and_people_hid_in_it_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secretcam"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    given = as_bytes(scene(1), exif=exif, comment=b"a comment", xmp=b"<x:xmpmeta>place</x:xmpmeta>")
    polyglot = given + b"\nPK\x03\x04<script>alert(1)</script>"
    made = opened(polyglot)
    assert (made.width, made.height) == (scene(1).height, scene(1).width)
    for hidden in (b"Secretcam", b"Exif", b"a comment", b"xmpmeta", b"script", b"PK\x03\x04"):
        assert hidden in polyglot
        assert hidden not in made.content
    with Image.open(io.BytesIO(made.content)) as picture:
        assert not dict(picture.getexif())
        assert not picture.info.get("icc_profile")


def test_words_in_a_png_are_gone_and_what_shows_through_stays() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Location", "Somewhere secret")
    given = as_bytes(scene(2).convert("RGBA").resize((64, 48)), "PNG", pnginfo=words)
    made = remake(given)
    assert b"secret" in given
    assert b"secret" not in made.content
    assert shape(made.content) == ("PNG", "RGBA", (64, 48), 1)


@pytest.mark.parametrize(
    ("mode", "kind", "becomes"),
    [("CMYK", "JPEG", "RGB"), ("L", "JPEG", "L"), ("P", "PNG", "RGB"), ("1", "PNG", "L"), ("RGBA", "WEBP", "RGB")],
)
def test_each_way_of_keeping_colours_becomes_one_that_platforms_show(mode: str, kind: str, becomes: str) -> None:
    made = remake(as_bytes(scene(3).convert(mode), kind))
    assert shape(made.content)[:2] == (kind, becomes)


def test_sixteen_bits_become_eight_without_turning_white() -> None:
    grey = np.linspace(0, 65_535, 64 * 64, dtype=np.uint16).reshape(64, 64)
    made = remake(as_bytes(Image.fromarray(grey), "PNG"))
    with Image.open(io.BytesIO(made.content)) as picture:
        assert picture.getextrema() == (0, 255)
        assert 120 < np.asarray(picture).mean() < 135


def test_an_animation_keeps_moving_and_every_scene_of_it_is_known() -> None:
    frames = [scene(number) for number in (1, 1, 2)]
    given = as_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    made = opened(given)
    assert shape(made.content)[0] == "GIF"
    assert shape(made.content)[3] >= 2
    assert len(made.looks) == 2
    still = remake(as_bytes(scene(2)))
    assert alike(made.looks, still.looks)


def test_an_animation_without_an_end_is_refused() -> None:
    small = [Image.new("L", (16, 16), number % 256) for number in range(301)]
    given = as_bytes(small[0], "GIF", save_all=True, append_images=small[1:])
    with pytest.raises(BadInput, match="too long or too large"):
        remake(given)


def test_the_same_file_is_the_same_picture_twice() -> None:
    one, other = opened(JPEG), opened(JPEG)
    assert (one.sha256, one.looks, one.mime) == (other.sha256, other.looks, "image/jpeg")
    assert one.given_sha256 != one.sha256


def test_a_smaller_copy_looks_the_same_and_another_picture_does_not() -> None:
    whole, small, other = (remake(as_bytes(one)).looks for one in (scene(4), scene(4).resize((200, 150)), scene(5)))
    assert alike(whole, small)
    assert not alike(whole, other)
    assert distance(whole[0], other[0]) > 60


def test_a_plain_area_looks_like_nothing_in_particular() -> None:
    assert remake(as_bytes(Image.new("RGB", (200, 200), "navy"))).looks == ()


@pytest.mark.parametrize(
    ("given", "mime", "becomes"),
    [
        ("../../etc/passwd.php", "image/jpeg", "passwd.jpg"),
        ("C:\\photos\\Rosa's plot (2).HEIC", "image/png", "Rosas plot (2).png"),
        ("\u202egpj.exe", "image/gif", "gpj.gif"),
        (".", "image/webp", "picture.webp"),
    ],
)
def test_a_files_name_is_made_harmless(given: str, mime: str, becomes: str) -> None:
    assert named(given, mime) == becomes
