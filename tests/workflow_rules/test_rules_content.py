"""The hash that signatures are bound to: it sees every change, and nothing but changes."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.errors import BadInput
from workflow.draft import Writing, hash_of_writing
from workflow.rules.content import Content, Media, canonical, content_hash

words = st.text(st.characters(codec="utf-8"), max_size=20)
media = st.builds(Media, sha256=st.sampled_from(["a" * 64, "b" * 64]), kind=words, alt_text=words)
instants = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))
contents = st.builds(
    Content,
    channel=words,
    text=words,
    links=st.lists(words, max_size=3).map(tuple),
    media=st.lists(media, max_size=2).map(tuple),
    regions=st.lists(st.sampled_from(["US", "GB", "US-NJ"]), max_size=3).map(tuple),
    topic=st.none() | words,
    planned_for=st.none() | instants,
    zone=words,
    answering=st.none() | st.tuples(st.sampled_from(["reply", "quote"]), words),
)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
POST = Content("x", "Good morning", ("https://example.org",), (Media("a" * 64, "image", "a cup"),), planned_for=NOON)


@given(contents, contents, st.sampled_from([field.name for field in fields(Content)]))
def test_a_change_of_any_one_field_changes_the_hash(one: Content, other: Content, name: str) -> None:
    changed = replace(one, **{name: getattr(other, name)})
    if name == "regions":
        assume(set(one.regions) != set(other.regions))
    assume(changed != one)
    assert content_hash(changed) != content_hash(one)


@given(media, media, st.sampled_from([field.name for field in fields(Media)]))
def test_a_change_of_any_one_thing_about_a_file_changes_the_hash(one: Media, other: Media, name: str) -> None:
    changed = replace(one, **{name: getattr(other, name)})
    assume(changed != one)
    assert content_hash(replace(POST, media=(changed,))) != content_hash(replace(POST, media=(one,)))


@given(contents)
def test_the_same_content_has_the_same_hash(content: Content) -> None:
    again = replace(content, regions=tuple(reversed(content.regions)))
    assert content_hash(again) == content_hash(content)
    assert len(content_hash(content)) == 64


@given(st.dictionaries(words, words | st.none() | st.lists(words, max_size=2), max_size=6), st.randoms())
def test_the_order_of_keys_does_not_count(values: dict[str, object], random) -> None:
    keys = list(values)
    random.shuffle(keys)
    assert canonical({key: values[key] for key in keys}) == canonical(values)


def test_the_hash_is_bound_to_its_format_and_stays_what_it_was() -> None:
    # Signatures in a team's database hang on this very value: if it changes, FORMAT has to change on purpose.
    assert content_hash(POST) == "14b62df57a525c95ae77d2e0be9010c8ddd1ad6c879bffe7c6d48d739a2198bb"


@pytest.mark.parametrize("text", ["Good morning ", "good morning", "Good\u00a0morning", "Good morning\n"])
def test_one_changed_byte_is_another_content(text: str) -> None:
    assert content_hash(replace(POST, text=text)) != content_hash(POST)


@pytest.mark.parametrize(
    "change",
    [
        {"reactive": False},
        {"promotional": False},
        {"template": "launch"},
        {"fields": (("uses_read", "all about soup"),)},
    ],
)
def test_what_the_gate_and_the_signers_go_by_is_content_too(change: dict[str, object]) -> None:
    assert content_hash(replace(POST, **change)) != content_hash(POST)  # type: ignore[arg-type]


def test_two_spellings_that_look_alike_are_two_contents() -> None:
    composed, decomposed = replace(POST, text="caf\u00e9"), replace(POST, text="cafe\u0301")
    assert content_hash(composed) != content_hash(decomposed)


def test_nothing_moves_from_one_field_into_the_next_unseen() -> None:
    assert content_hash(replace(POST, links=("ab",))) != content_hash(replace(POST, links=("a", "b")))
    two = (Media("a" * 64, "image", "x"), Media("b" * 64, "image", "y"))
    assert content_hash(replace(POST, media=two)) != content_hash(replace(POST, media=two[::-1]))


def test_one_instant_in_two_spellings_is_one_time_and_a_minute_later_is_another() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert content_hash(replace(POST, planned_for=elsewhere)) == content_hash(POST)
    assert content_hash(replace(POST, planned_for=NOON + timedelta(minutes=1))) != content_hash(POST)
    assert content_hash(replace(POST, planned_for=None)) != content_hash(POST)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        content_hash(replace(POST, planned_for=datetime(2026, 5, 4, 12)))


def test_half_a_character_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadInput, match="half of a character"):
        content_hash(replace(POST, text="oh \ud83d"))


def test_what_it_answers_is_content_and_a_post_that_answers_nothing_hashes_as_before_posts_could() -> None:
    reply = replace(POST, answering=("reply", "https://social.example/@ann/1"))
    others = (
        replace(POST, answering=("quote", "https://social.example/@ann/1")),
        replace(POST, answering=("reply", "https://social.example/@ann/2")),
    )
    assert len({content_hash(one) for one in (POST, reply, *others)}) == 4
    # The value of a draft that was signed before posts could answer anybody.
    signed = hash_of_writing(Writing("Tea is ready.", regions=("GB",), topic="iced tea"))
    assert signed == "1ec7a3ed10b78cae8fff86f0ceebe6f69c4ef5f542377b2e279582c6401dcd5b"
