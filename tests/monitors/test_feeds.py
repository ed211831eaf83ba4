"""Feeds of every kind, opened by the real child process; hostile ones cost a child, never us."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from data.children import read_frame
from data.errors import FetchError
from data.plain import one_line, plain_text, web_link
from monitors.feeds import Feed, FeedParser
from monitors.parse_child import MOST_ANSWER, MOST_FIELDS, _packed

from .conftest import NOW

URL = "https://news.example/feed"


def rss(items: str, channel: str = "") -> bytes:
    head = "<?xml version='1.0'?><rss version='2.0'><channel><title>The Example</title>"
    return f"{head}{channel}{items}</channel></rss>".encode()


def opened(parser: FeedParser, body: bytes) -> Feed:
    return parser.feed(body, url=URL, now=NOW)


def test_an_rss_entry_becomes_plain_text(parser: FeedParser) -> None:
    feed = opened(
        parser,
        rss(
            "<item><title>Ferry &lt;b&gt;late&lt;/b&gt; &amp;amp; full</title><guid isPermaLink='false'>f1</guid>"
            "<link>https://news.example/f1</link><author>desk@news.example (Ada)</author><category>#ferry</category>"
            "<description>&lt;p&gt;Two hours.&lt;/p&gt;&lt;p&gt;Or three.&lt;/p&gt;</description>"
            "<pubDate>Mon, 02 Mar 2026 08:30:00 +0000</pubDate></item>",
            "<language>en-gb</language><ttl>90</ttl>",
        ),
    )

    (entry,) = feed.entries
    assert (entry.external_id, entry.title, entry.summary) == ("f1", "Ferry late & full", "Two hours. Or three.")
    assert entry.text == "Ferry late & full\nTwo hours. Or three."
    assert entry.published_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert (entry.url, entry.language, entry.categories) == ("https://news.example/f1", "en-gb", ("#ferry",))
    assert (feed.title, feed.ttl) == ("The Example", timedelta(minutes=90))


def test_an_atom_entry_is_read_too(parser: FeedParser) -> None:
    feed = opened(
        parser,
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><id>urn:1</id><title>One</title>"
        b"<link href='https://news.example/1'/><updated>2026-03-02T07:00:00Z</updated>"
        b"<content type='html'>&lt;em&gt;Body&lt;/em&gt;</content></entry></feed>",
    )

    (entry,) = feed.entries
    assert (entry.external_id, entry.summary) == ("urn:1", "Body")
    assert entry.published_at == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def test_scripts_and_odd_links_do_not_come_through(parser: FeedParser) -> None:
    feed = opened(
        parser,
        rss(
            "<item><title>Good&lt;script&gt;alert(1)&lt;/script&gt; morning</title>"
            "<link>javascript:alert(1)</link><description><![CDATA[<img src=x onerror=alert(2)>Hi"
            "<style>p{}</style>]]></description></item>"
        ),
    )

    (entry,) = feed.entries
    assert (entry.title, entry.summary, entry.url) == ("Good morning", "Hi", "")


def test_an_entry_without_a_name_keeps_the_one_we_give_it(parser: FeedParser) -> None:
    nameless = rss("<item><title>One</title></item><item><title>Two</title></item>")
    linked = rss("<item><title>One</title><link>https://news.example/1</link></item>")

    first, again = opened(parser, nameless), opened(parser, nameless)
    ids = [entry.external_id for entry in first.entries]
    assert ids == [entry.external_id for entry in again.entries]
    assert len(set(ids)) == 2
    assert opened(parser, linked).entries[0].external_id == "https://news.example/1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tue, 01 Jan 2999 00:00:00 GMT", NOW),
        ("Mon, 02 Mar 2026 10:00:00 +0200", datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
        ("when pigs fly", None),
        ("", None),
    ],
)
def test_no_date_lies_ahead(parser: FeedParser, written: str, read: datetime | None) -> None:
    feed = opened(parser, rss(f"<item><title>x</title><pubDate>{written}</pubDate></item>"))

    assert feed.entries[0].published_at == read


def test_broken_xml_gives_what_can_be_read_and_nuls_vanish(parser: FeedParser) -> None:
    feed = opened(parser, b"<rss version='2.0'><channel><item><title>Half\x00 a wo&rd</title><link>https://a.example/")

    assert "\x00" not in feed.entries[0].title
    assert feed.entries[0].title.startswith("Half")


def test_of_a_huge_feed_the_first_five_hundred_are_taken_quickly(parser: FeedParser) -> None:
    body = rss("".join(f"<item><title>t{at}</title><guid>g{at}</guid></item>" for at in range(100_000)))
    began = time.monotonic()

    feed = opened(parser, body)

    assert [entry.title for entry in feed.entries] == [f"t{at}" for at in range(500)]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "body", [b"", b"garbage", b"<html><body>No</body></html>", b"\x89PNG\r\n", b"{}", b"\x00" * 50]
)
def test_what_is_no_feed_is_said(parser: FeedParser, body: bytes) -> None:
    with pytest.raises(FetchError, match="not a feed"):
        opened(parser, body)


def test_an_empty_feed_is_a_feed(parser: FeedParser) -> None:
    assert opened(parser, rss("")).entries == ()


def test_rows_hold_every_field_by_its_local_name(parser: FeedParser) -> None:
    body = (
        b"<rss xmlns:q='urn:q'><channel><title>no</title><item><title>a &amp; b</title><q:news><q:t>one</q:t></q:news>"
        b"<q:news><q:t>two</q:t></q:news></item></channel></rss>"
    )

    assert parser.rows(body, "item") == ((("title", "a & b"), ("t", "one"), ("news", ""), ("t", "two"), ("news", "")),)


@pytest.mark.parametrize(
    "body",
    [b"<a><item>", b"", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a><item>&x;</item></a>"],
    ids=["broken", "empty", "entities"],
)
def test_rows_of_broken_xml_are_refused(parser: FeedParser, body: bytes) -> None:
    with pytest.raises(FetchError, match="not a feed that can be read"):
        parser.rows(body, "item")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<alerts><alert>" + b"<a/>" * 1_100_000 + b"</alert></alerts>", "larger than 4 MB"),
        (b"<alerts>" + (b"<alert>" + b"<a/>" * 1_000 + b"</alert>") * 200 + b"</alerts>", "100,000 fields"),
    ],
    ids=["large", "fields"],
)
def test_rows_that_are_too_much_are_refused_by_the_child(parser: FeedParser, body: bytes, why: str) -> None:
    pids = parser.pids
    with pytest.raises(FetchError) as caught:
        parser.rows(body, "alert")

    assert why in caught.value.cause
    assert parser.pids >= pids, "it said so, and lives on"


def test_of_a_row_the_first_fields_are_taken(parser: FeedParser) -> None:
    (row,) = parser.rows(b"<alert><b>first</b>" + b"<a/>" * 200_000 + b"</alert>", "alert")

    assert row[0] == ("b", "first")
    assert len(row) == MOST_FIELDS


def test_of_many_rows_the_first_five_hundred_are_taken_whatever_their_size(parser: FeedParser) -> None:
    item = b"<item><title>t</title><x>" + b"x" * 15_000 + b"</x></item>"

    assert 200 < len(parser.rows(b"<rss>" + item * 400 + b"</rss>", "item")) < 300, "4 MB of them"


def test_an_answer_of_any_size_is_not_read() -> None:
    assert read_frame(io.BytesIO((9_000_000).to_bytes(8) + b"x" * 9), most=8_000_000) is None
    assert len(_packed({"rows": ["x" * MOST_ANSWER]})) < 100


def test_an_xml_bomb_goes_off_in_vain(parser: FeedParser) -> None:
    entities = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "lol">{entities}]><rss version="2.0"><channel><item><title>&a11;</title></item>'

    feed = opened(parser, f"{bomb}</channel></rss>".encode())

    assert all(len(entry.text) < 3_000 for entry in feed.entries)


@pytest.fixture
def own_parser() -> Iterator[FeedParser]:
    made = FeedParser(seconds=0.5)
    yield made
    made.close()


def test_a_child_that_died_is_replaced(own_parser: FeedParser) -> None:
    opened(own_parser, rss("<item><title>one</title></item>"))
    (first,) = own_parser.pids
    os.kill(first, 9)

    for _ in range(2):  # the death may show while we write, or before
        try:
            feed = opened(own_parser, rss("<item><title>two</title></item>"))
        except FetchError:
            continue
        break

    assert feed.entries[0].title == "two"
    assert first not in own_parser.pids


def test_a_feed_that_takes_too_long_is_given_up_and_the_next_one_read(own_parser: FeedParser) -> None:
    tangled = b"<a>" * 200_000

    with pytest.raises(FetchError, match="given up"):
        opened(own_parser, tangled)

    assert own_parser.pids == frozenset()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:  # a new child has half a second to start, which a busy machine may miss
        try:
            assert opened(own_parser, rss("<item><title>x</title></item>")).entries[0].title == "x"
        except FetchError:
            continue
        return
    pytest.fail("no child came back")


def test_closing_ends_the_child(own_parser: FeedParser) -> None:
    opened(own_parser, rss(""))
    (pid,) = own_parser.pids
    own_parser.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("a &lt;b&gt; c", "a <b> c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<p>one</p><p>two</p>", "one two"),
        ("#<span>hoot</span>", "#hoot"),
        ("x<script>never closed", "x"),
        ("x<script>if (1<b) '</p>'</SCRIPT >y<style/>z", "xyz"),
        ("a<!-- <p>no</p> -->b<!-->c<![CDATA[<d>]]>e<!-- never>", "abce"),
        ("""a<i title="1 > 2" alt='">'>b</i><br/>c<p""", "ab c<p"),
        ("<a b='>it is</a>", "it is"),
        ("a &#x26; &amp; &#38 &copy; b", "a & & & © b"),
        ("a\x00\x1b[31m\u2028b\ud800", "a[31m b"),
        ("", ""),
    ],
)
def test_markup_becomes_words(markup: str, plain: str) -> None:
    assert plain_text(markup) == plain


@pytest.mark.parametrize("end", ["", ">", "'>"])
@pytest.mark.parametrize(
    "unit", ["<a ", "<a/", "<x y=z ", "<a b='", "<a '>", "<a =\"'>", "<!--", "<![CDATA[", "</a", "&#9"]
)
def test_markup_that_never_closes_costs_no_more_than_any_other(unit: str, end: str) -> None:
    began = time.thread_time()
    plain_text(unit * (40_000 // len(unit) - 1) + end)
    assert time.thread_time() - began < 0.5, "a scanner that begins anew at each tag needs many seconds"


def test_a_number_without_end_is_no_letter() -> None:
    assert plain_text(f"a&#{'9' * 5_000};b") == "a b"


def test_long_lines_end_at_a_word() -> None:
    assert one_line("word " * 100, 20) == "word word word word…"
    assert one_line("x" * 100, 20) == "x" * 19 + "…"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "/relative", "http://", "http://[x", ""])
def test_only_web_addresses_may_become_links(link: str) -> None:
    assert web_link(link) == ""
