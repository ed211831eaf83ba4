"""The Common Alerting Protocol: documents alone, in feeds and behind an index; languages, codes and references."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from data.errors import FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.cap import MOST_DOCUMENTS, SOURCE

from .conftest import NOW, Web, page, status

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "cap"
CAPTURED = sorted(FOLDER.glob("*"))
SENT = NOW - timedelta(minutes=30)
ENDS = NOW + timedelta(hours=4)
REFUSED = {"xee.cap", "xee.atom"}
NO_PART = "no_optional_fields.cap"
HOLDING = {"amber.atom", "canada_signed.atom", "no_entries.atom", "weather.atom", "weather_invalid.atom"}


def info(
    language: str = "en-CA", event: str = "Storm", severity: str = "Severe", geocode: str = "", rest: str = ""
) -> str:
    return f"""<info><language>{language}</language><category>Met</category><event>{event}</event>{rest}
<urgency>Expected</urgency><severity>{severity}</severity><certainty>Likely</certainty>
<expires>{ENDS.isoformat()}</expires><senderName>The Met Office of Hill</senderName>
<headline>{event} over the hill</headline><description>Stay in.</description>
<parameter><valueName>x</valueName><value>y</value></parameter>
<area><areaDesc>Hill</areaDesc>{geocode}</area><area><areaDesc>Meadow</areaDesc></area></info>"""


def geocode(name: str, value: str) -> str:
    return f"<geocode><valueName>{name}</valueName><value>{value}</value></geocode>"


def document(name: str, *infos: str, kind: str = "Alert", state: str = "Actual", references: str = "") -> str:
    referring = f"<references>{references}</references>" if references else ""
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{name}</identifier>
<sender>met@hill.example</sender><sent>{SENT.isoformat()}</sent><status>{state}</status><msgType>{kind}</msgType>
<scope>Public</scope>{referring}{"".join(infos)}</alert>"""


def atom(*entries: str) -> str:
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {CAP}><title>x</title><id>x</id>{''.join(entries)}</feed>"


CAP = "xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'"


def entry(web: Web, name: str, said: str = "") -> str:
    link = f"<link type='application/cap+xml' href='{web.url(f'/{name}.cap')}'/>"
    return f"<entry><id>{name}</id><title>{name}</title><link href='https://hill.example/'/>{link}{said}</entry>"


def ask(web: Web, fetcher: Fetcher, body: str, state: PollState | None = None, **config: object) -> Poll:
    web.routes["/feed"] = page(body.encode(), ETag='"1"')
    return SOURCE.poll({"address": web.url("/feed"), **config}, state or PollState(), fetcher, NOW)


def asked_for(web: Web) -> list[str]:
    return [path for path, _ in web.seen if path != "/feed"]


def test_a_key_in_the_operators_address_is_in_no_link(web: Web, fetcher: Fetcher) -> None:
    address = web.url("/feed?key=hidden").replace("http://", "http://me:hunter2@")
    web.routes["/feed"] = page(document("a", info()).encode())
    (item,) = SOURCE.poll({"address": address}, PollState(), fetcher, NOW).items
    assert item.url == web.url("/feed")


def test_one_document_is_an_official_item(web: Web, fetcher: Fetcher) -> None:
    (item,) = ask(web, fetcher, document("a", info()), region="CA").items

    assert (item.external_id, item.kind, item.region, item.language) == ("a", "official", "CA", "en")
    assert item.text == "Storm over the hill\nStay in."
    assert item.published_at == SENT
    assert {name: item.extra[name] for name in ("agency", "event", "severity", "area", "expires", "cancelled")} == {
        "agency": "The Met Office of Hill",
        "event": "Storm",
        "severity": "Severe",
        "area": "Hill; Meadow",
        "expires": ENDS.isoformat(),
        "cancelled": False,
    }


@pytest.mark.parametrize(
    ("name", "value", "regions"),
    [
        ("profile:CAP-CP:Location:0.3", "3537001", ["CA-ON"]),
        ("ISO 3166-2", "AU-NSW", ["AU-NSW"]),
        ("ISO3166-2", "x", ["CA"]),
        ("UGC", "NJC001", ["US-NJ"]),
        ("FIPS6", "009007 044009", ["US-CT", "US-RI"]),
        ("SAME", "006109", ["US-CA"]),
        ("EMMA_ID", "AT001", ["AT"]),
        ("NUTS3", "UKM50", ["GB"]),
        ("anything", "US-NJ", ["CA"]),
    ],
)
def test_its_codes_tell_where_it_holds(web: Web, fetcher: Fetcher, name: str, value: str, regions: list[str]) -> None:
    found = ask(web, fetcher, document("a", info(geocode=geocode(name, value))), region="CA").items

    assert [item.region for item in found] == regions


@pytest.mark.parametrize(("wanted", "event"), [("fr", "Orage"), ("en", "Storm"), ("", "Storm"), ("de", "Storm")])
def test_one_language_is_read(web: Web, fetcher: Fetcher, wanted: str, event: str) -> None:
    body = document("a", info("en-CA", "Storm"), info("fr-CA", "Orage"))

    assert [item.extra["event"] for item in ask(web, fetcher, body, language=wanted).items] == [event]


def test_each_part_of_a_document_is_an_item(web: Web, fetcher: Fetcher) -> None:
    found = ask(web, fetcher, document("a", info(event="Storm"), info(event="Flood", severity="Extreme"))).items

    assert [(item.external_id, item.extra["event"]) for item in found] == [("a #1", "Storm"), ("a #2", "Flood")]


@pytest.mark.parametrize("said", [{"state": "Exercise"}, {"state": "Test"}, {"state": "Draft"}, {"kind": "Ack"}])
def test_what_is_not_meant_is_left_out(web: Web, fetcher: Fetcher, said: dict[str, str]) -> None:
    assert ask(web, fetcher, document("a", info(), **said)).items == ()  # type: ignore[arg-type]


def test_a_cancellation_that_says_nothing_takes_its_warning_back(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, document("a", info(event="Storm"), info(event="Flood")), region="CA-ON")
    refers = f"met@hill.example,a,{SENT.isoformat()}"
    second = ask(web, fetcher, document("b", kind="Cancel", references=refers), first.state, region="CA-ON")

    back = {(item.extra["event"], item.extra["area"], item.region): item for item in second.items}
    for taken in first.items:
        over = back[taken.extra["event"], taken.extra["area"], taken.region]
        assert over.extra["cancelled"] is True
        assert over.extra["agency"] == taken.extra["agency"]
        assert (over.published_at or NOW) >= SENT


def test_an_update_replaces_and_an_all_clear_ends(web: Web, fetcher: Fetcher) -> None:
    refers = f"met@hill.example,a,{SENT.isoformat()}"
    first = ask(web, fetcher, document("a", info()))
    milder = document("b", info(event="Rain", severity="Minor"), kind="Update", references=refers)
    clear = document("b", info(rest="<responseType>AllClear</responseType>"), kind="Update", references=refers)

    assert [item.extra["cancelled"] for item in ask(web, fetcher, milder, first.state).items] == [False, True]
    assert all(item.extra["cancelled"] for item in ask(web, fetcher, clear, first.state).items)


def test_a_feed_may_hold_its_documents(web: Web, fetcher: Fetcher) -> None:
    body = atom(*(f"<entry><id>{n}</id><content type='text/xml'>{document(n, info())}</content></entry>" for n in "ab"))

    assert [item.external_id for item in ask(web, fetcher, body).items] == ["a", "b"]
    assert asked_for(web) == []


def test_an_index_leads_to_documents_that_are_read_once(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {f"/{name}.cap": page(document(name, info()).encode()) for name in "ab"}
    first = ask(web, fetcher, atom(entry(web, "a")))
    second = ask(web, fetcher, atom(entry(web, "a"), entry(web, "b")), first.state)

    assert [item.external_id for item in first.items] == ["a"]
    assert [item.external_id for item in second.items] == ["b"]
    assert asked_for(web) == ["/a.cap", "/b.cap"]
    assert first.state.etag == '"1"'


def test_an_rss_index_leads_to_documents_as_well(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a.cap"] = page(document("a", info()).encode())
    link = f"<item><title>a</title><link>{web.url('/a.cap')}</link></item>"

    found = ask(web, fetcher, f"<rss version='2.0'><channel><title>x</title>{link}</channel></rss>").items

    assert [item.external_id for item in found] == ["a"]


def test_a_long_index_is_read_in_turns_the_gravest_first(web: Web, fetcher: Fetcher) -> None:
    names = [f"d{number}" for number in range(MOST_DOCUMENTS + 5)]
    web.routes |= {f"/{name}.cap": page(document(name, info()).encode()) for name in names}
    mild = [entry(web, name, "<cap:severity>Minor</cap:severity>") for name in names[:-1]]
    index = atom(*mild, entry(web, names[-1], "<cap:severity>Extreme</cap:severity>"))

    first = ask(web, fetcher, index)
    second = ask(web, fetcher, index, first.state)

    assert asked_for(web)[0] == f"/{names[-1]}.cap"
    assert (len(first.items), len(second.items)) == (MOST_DOCUMENTS, 5)
    assert first.state.etag is None, "an unchanged index would hide what is left"
    assert second.state.etag == '"1"'


def test_what_the_index_calls_over_or_a_test_is_not_fetched(web: Web, fetcher: Fetcher) -> None:
    over = f"<cap:expires>{(NOW - timedelta(hours=1)).isoformat()}</cap:expires>"
    poll = ask(web, fetcher, atom(entry(web, "a", over), entry(web, "b", "<cap:status>Test</cap:status>")))

    assert (poll.items, asked_for(web)) == ((), [])


def test_documents_on_other_hosts_are_read_where_they_are_named(web: Web, other_web: Web, fetcher: Fetcher) -> None:
    index = atom(entry(other_web, "a"))
    poll = ask(web, fetcher, index)

    assert (poll.items, other_web.seen) == ((), [])
    assert "127.0.0.1" in poll.trouble[0]
    with pytest.raises(FetchError, match="private address"):
        Fetcher("Tact/test (+ops@example.org)", parser=fetcher.parser).get(other_web.url("/a.cap"), now=NOW)
    ask(web, fetcher, index, document_hosts=["127.0.0.1"])
    assert other_web.seen == [], "named or not, a private host needs the administrator's word"


def test_a_document_that_fails_is_tried_again_and_then_left(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {"/a.cap": status(500), "/b.cap": page(document("b", info()).encode())}
    index, state = atom(entry(web, "a"), entry(web, "b")), PollState()
    polls = []
    for _ in range(4):
        polls.append(ask(web, fetcher, index, state))
        state = polls[-1].state

    assert [item.external_id for poll in polls for item in poll.items] == ["b"]
    assert asked_for(web).count("/a.cap") == 3
    assert "fault of its own" in polls[0].trouble[0]
    assert (polls[0].state.etag, polls[3].state.etag) == (None, '"1"')


def test_a_busy_server_is_left_alone(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {"/a.cap": status(429, {"Retry-After": "3600"}), "/b.cap": page(document("b", info()).encode())}
    poll = ask(web, fetcher, atom(entry(web, "a"), entry(web, "b")))

    assert asked_for(web) == ["/a.cap"]
    assert poll.next_poll_after == timedelta(hours=1)


def test_a_document_that_declares_entities_is_refused(web: Web, fetcher: Fetcher) -> None:
    bomb = "<!DOCTYPE alert [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + document("a", info(event="&x;"))

    with pytest.raises(FetchError):
        ask(web, fetcher, bomb)


@pytest.mark.parametrize("file", CAPTURED or [None], ids=lambda file: file.name if file else "none")
def test_every_captured_document_is_read_or_refused(web: Web, fetcher: Fetcher, file: Path | None) -> None:
    if file is None:
        pytest.skip("the captured CAP documents are not here")
    if file.name in REFUSED:
        with pytest.raises(FetchError):
            _read_captured(web, fetcher, file)
        return
    found = _read_captured(web, fetcher, file).items
    holds = file.suffix in (".cap", ".edxlde") and file.name != NO_PART
    assert bool(found) == (holds or file.name in HOLDING), "indexes lead elsewhere"
    for item in found:
        assert (item.kind, bool(item.text)) == ("official", True)
        assert item.extra["severity"] in ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
        assert item.published_at is not None
        assert item.published_at <= NOW


def _read_captured(web: Web, fetcher: Fetcher, file: Path) -> Poll:
    web.routes["/feed"] = page(file.read_bytes())
    return SOURCE.poll({"address": web.url("/feed")}, PollState(), fetcher, NOW)
