"""R10, the part without a database: which signature is one, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.errors import Refused
from data.signing import ID, PREFIX, SIGNATURE, TIMESTAMP, new_key, sign
from monitors.signatures import WINDOW, check

from .conftest import NOW

KEY = new_key()
BODY = b'{"schema": "tact/1", "events": []}'


def headers(body: bytes = BODY, key: str = KEY, shift: timedelta = timedelta(), name: str = "d-1") -> dict[str, str]:
    seconds = str(int((NOW + shift).timestamp()))
    return {ID: name, TIMESTAMP: seconds, SIGNATURE: f"v1,{sign(key, name, seconds, body)}"}


def test_it_agrees_with_the_example_of_the_standard() -> None:
    key, name, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'

    assert sign(key, name, "1614265330", body) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_signed_now_is_taken() -> None:
    signed = check(headers(), BODY, [KEY], NOW)

    assert (signed.delivery_id, signed.sent_at) == ("d-1", NOW)


@pytest.mark.parametrize("shift", [WINDOW, -WINDOW, timedelta()])
def test_both_edges_of_the_window_are_inside(shift: timedelta) -> None:
    check(headers(shift=shift), BODY, [KEY], NOW)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (headers(shift=WINDOW + timedelta(seconds=1)), "bad_time"),
        (headers(shift=-WINDOW - timedelta(seconds=1)), "bad_time"),
        (headers(body=BODY + b" "), "bad_signature"),
        (headers(key=new_key()), "bad_signature"),
        (headers() | {ID: "d-2"}, "bad_signature"),
        (headers() | {TIMESTAMP: str(int(NOW.timestamp()) + 1)}, "bad_signature"),
        (headers() | {TIMESTAMP: "now"}, "bad_time"),
        (headers() | {TIMESTAMP: "-5"}, "bad_time"),
        (headers() | {TIMESTAMP: "999999999999"}, "bad_time"),
        (headers() | {TIMESTAMP: "٣" * 10}, "bad_time"),
        (headers() | {ID: "two words"}, "bad_id"),
        (headers(name="d.1"), "bad_id"),
        (headers() | {ID: "x" * 201}, "bad_id"),
        (headers() | {SIGNATURE: "v1," + "é" * 44}, "bad_signature"),
        (headers() | {SIGNATURE: headers()[SIGNATURE].removeprefix("v1,")}, "bad_signature"),
        (headers() | {SIGNATURE: "v1,"}, "bad_signature"),
        (headers() | {SIGNATURE: "v1,x " * 5 + headers()[SIGNATURE]}, "bad_signature"),
    ],
)
def test_anything_else_is_refused_with_its_reason(changed: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(changed, BODY, [KEY], NOW)

    assert refused.value.codes == (code,)
    assert KEY not in refused.value.message
    assert sign(KEY, "d-1", headers()[TIMESTAMP], BODY) not in refused.value.message, "nobody is told the right one"


@pytest.mark.parametrize("name", [ID, TIMESTAMP, SIGNATURE])
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(Refused, match=f"{name} is missing"):
        check({**headers(), name: ""}, BODY, [KEY], NOW)


def test_no_key_opens_for_nobody() -> None:
    with pytest.raises(Refused, match="does not fit"):
        check(headers(), BODY, [], NOW)


def test_while_a_key_changes_either_may_sign_and_either_may_be_known() -> None:
    old, new = new_key(), new_key()
    both = headers(key=old)
    both[SIGNATURE] += " " + headers(key=new)[SIGNATURE]

    check(headers(key=old), BODY, [new, old], NOW)
    check(both, BODY, [new], NOW)


def test_every_key_is_another_of_full_strength() -> None:
    keys = {new_key() for _ in range(50)}

    assert len(keys) == 50
    assert all(len(key) == len(PREFIX) + 44 for key in keys)
