"""The door for streams, tried against real servers on the loopback: what comes through, and how it ends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.clock import utc_now
from data.errors import BadInput, FetchError
from monitors import streaming
from monitors.listening import StreamEnded, StreamStopped
from monitors.streaming import StreamDoor, stream_address

from .conftest import NOW, Web
from .streams import AGENT, PING, QUICK, TEXT, Jetstream, event_stream, frame, post_event, socket_of, welcome


@pytest.fixture
def jet() -> Iterator[Jetstream]:
    server = Jetstream()
    yield server
    server.close()


def door_to(*places: str, **changes: object) -> StreamDoor:
    return StreamDoor(AGENT, lambda: NOW, allow_private=frozenset(places), limits=QUICK)


def first(bursts: Iterator[tuple], enough: int) -> list:
    """The first messages, in however many bursts."""
    found: list = []
    for burst in bursts:
        found += burst
        if len(found) >= enough:
            break
    return found


def test_messages_come_in_bursts_and_we_say_who_listens(jet: Jetstream) -> None:
    jet.give([post_event(n, NOW) for n in range(30)])
    door = door_to(jet.place)

    assert len(first(door.websocket(jet.url), 30)) == 30
    assert jet.agents == [AGENT]
    assert door.names_contact


def test_pieces_are_put_together_and_pings_are_answered(web: Web) -> None:
    answered = threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        welcome(request)
        request.wfile.write(frame(b"one ", fin=False) + frame(b"?", PING) + frame(b"two", opcode=0))
        request.wfile.flush()
        while not answered.is_set():
            if b"\x8a\x81" in request.connection.recv(100):  # a pong of one byte, masked as a client's must be
                answered.set()

    web.routes["/"] = answer
    assert first(door_to(web.place).websocket(f"ws://{web.place}/"), 1) == [b"one two"]
    assert answered.wait(2)


def test_no_packing_is_offered(web: Web) -> None:
    web.routes["/"] = socket_of(frame(b"x"))
    first(door_to(web.place).websocket(f"ws://{web.place}/"), 1)
    assert "sec-websocket-extensions" not in web.seen[0][1]


def test_events_go_on_after_the_last_one_that_was_heard(web: Web) -> None:
    web.routes["/s"] = event_stream(b"id: 5\ndata: a\n\nid: 6\ndata: b\ndata: c\n\n")
    found = first(door_to(web.place).events(web.url("/s"), "4"), 2)

    assert [(event.data, event.id) for event in found] == [("a", "5"), ("b\nc", "6")]
    asked = web.seen[0][1]
    assert (asked["last-event-id"], asked["user-agent"]) == ("4", AGENT)
    assert (asked["accept"], asked["accept-encoding"]) == ("text/event-stream", "identity")


def test_what_came_before_an_end_is_handed_on_before_the_end_is_told(web: Web) -> None:
    web.routes["/s"] = event_stream(b"retry: 7000\ndata: last\n\n", ends=True)
    bursts = door_to(web.place).events(web.url("/s"))

    assert [event.data for event in first(bursts, 1)] == ["last"]
    with pytest.raises(StreamEnded, match="ended the connection") as ended:
        first(bursts, 1)
    assert ended.value.retry_after == timedelta(seconds=7)


def test_an_empty_burst_comes_while_nothing_is_said(jet: Jetstream) -> None:
    bursts = door_to(jet.place).websocket(jet.url)
    assert [next(bursts) for _ in range(4)] == [()] * 4


def test_silence_ends_a_connection_but_a_pong_is_life(web: Web, jet: Jetstream) -> None:
    """The Jetstream answers our pings; the other server says yes and never another word."""
    web.routes["/"] = socket_of()
    began = time.monotonic()
    with pytest.raises(StreamEnded, match="gone silent"):
        first(door_to(web.place).websocket(f"ws://{web.place}/"), 1)
    assert time.monotonic() - began < 3

    alive = door_to(jet.place).websocket(jet.url)
    until = time.monotonic() + 2 * QUICK.silence_seconds
    while time.monotonic() < until:
        assert next(alive) == ()


@pytest.fixture
def full_house() -> Iterator[str]:
    """A machine that takes no more connections: whoever connects waits."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            guest = stack.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("when", ["listening", "connecting", "before"])
def test_a_stop_from_another_thread_ends_it_within_a_second(jet: Jetstream, full_house: str, when: str) -> None:
    place = full_house if when == "connecting" else jet.place
    door = StreamDoor(AGENT, lambda: NOW, allow_private=frozenset({place}))
    ended: list[float] = []

    def listen() -> None:
        try:
            for _ in door.websocket(f"ws://{place}"):
                pass
        except StreamStopped:
            ended.append(time.monotonic())

    if when == "before":
        door.stop()
    thread = threading.Thread(target=listen)
    thread.start()
    time.sleep(0.1)
    stopped = time.monotonic()
    door.stop()
    thread.join(3)
    assert len(ended) == 1
    assert ended[0] - stopped < 1


def test_two_streams_do_not_wait_for_each_other(jet: Jetstream, web: Web) -> None:
    web.routes["/"] = socket_of()
    door = door_to(jet.place, web.place)
    mute = door.websocket(f"ws://{web.place}/")
    next(mute)
    jet.give([post_event(1, NOW)])
    assert len(first(door.websocket(jet.url), 1)) == 1
    assert next(mute) == ()


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "file:///etc/passwd", "gopher://x/", "ws://", "wss://[x", "javascript:alert(1)", "ws://a%b/"],
)
def test_what_is_no_address_of_a_stream_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput):
        stream_address(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
@pytest.mark.parametrize("protocol", ["websocket", "events"])
def test_no_spelling_of_a_private_address_is_listened_to(web: Web, host: str, protocol: str) -> None:
    port = web.place.rpartition(":")[2]
    listen: Callable[[str], Iterator[tuple]] = getattr(door_to(), protocol)
    with pytest.raises(FetchError, match="private address"):
        next(listen(f"http://{host}:{port}/"))
    assert web.seen == []


def test_nobody_there_is_a_sentence(other_web: Web) -> None:
    place = other_web.place
    other_web.close()
    with pytest.raises(FetchError, match="No connection"):
        next(door_to(place).websocket(f"ws://{place}/"))


def test_text_and_bytes_come_alike(web: Web) -> None:
    web.routes["/"] = socket_of(frame(b"a", TEXT), frame(b"b", 2))
    assert first(door_to(web.place).websocket(f"ws://{web.place}/"), 2) == [b"a", b"b"]


def test_over_tls_the_certificate_is_checked_and_messages_come(
    tmp_path: Path, jet: Jetstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with a certificate of its own: refused as it is, heard once its authority is trusted."""
    theirs = certificate_for("localhost", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(theirs)
    secure = Jetstream(server)
    secure.give([post_event(n, NOW) for n in range(300)])
    port = secure.place.rpartition(":")[2]
    try:
        with pytest.raises(FetchError, match="No connection"):
            next(door_to(f"localhost:{port}").websocket(f"wss://localhost:{port}"))
        monkeypatch.setattr(streaming, "tls_context", lambda: ssl.create_default_context(cafile=str(theirs)))
        bursts = door_to(f"localhost:{port}").websocket(f"wss://localhost:{port}")
        assert len(first(bursts, 300)) == 300
        assert next(bursts) == ()
        with pytest.raises(FetchError, match="No connection"):
            next(door_to(secure.place).websocket(f"wss://{secure.place}"))
    finally:
        secure.close()


def certificate_for(name: str, folder: Path) -> Path:
    """A key and a certificate that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(utc_now() - timedelta(days=1))
    made = made.not_valid_after(utc_now() + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return file
