"""Addresses as they may be shown: what is taken off, and what is no address and stays."""

from __future__ import annotations

import pytest

from data.addresses import bare, bare_within, is_web_address, names_somebody


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/feed", "https://a.example/feed"),
        ("https://me:pass@a.example:8443/feed?key=1#part", "https://a.example:8443/feed"),
        ("wss://key@a.example", "wss://a.example"),
        ("https://a.example?key=1/2", "https://a.example"),
        ("https://a.example/@team/feed", "https://a.example/@team/feed"),
        ("https://me:p@ss@a.example/x", "https://a.example/x"),
        ("social.example", "social.example"),
        ("me:pass@social.example", "social.example"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_key(address: str, shown: str) -> None:
    assert bare(address) == shown
    assert names_somebody(address) == ("@a." in address or "@social." in address)


def test_only_addresses_among_settings_are_touched() -> None:
    given = {
        "address": "https://a.example/x?k=1",
        "terms": ["what? now", "@team"],
        "deep": [{"at": "ws://k@b/"}],
        "n": 3,
    }
    assert bare_within(given) == {
        "address": "https://a.example/x",
        "terms": ["what? now", "@team"],
        "deep": [{"at": "ws://b/"}],
        "n": 3,
    }


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("https://social.example/@ann/11223344", True),
        ("http://social.example:8080/post?id=7", True),
        ("HTTPS://Social.Example/1", True),
        ("social.example/@ann/1", False),
        ("javascript:alert(1)", False),
        ("https://ann:secret@social.example/1", False),
        ("https://token@social.example/1", False),
        ("https:///1", False),
        ("https://", False),
        ("https://social.example/a b", False),
        ("https://social.example/\u202egnp.exe", False),
        ("https://social.example:port/1", False),
        ("https://[social.example/1", False),
        ("https://social.example\\@evil.example/1", False),
        ("", False),
    ],
)
def test_a_web_address_names_a_host_and_nobody(text: str, usable: bool) -> None:
    assert is_web_address(text) == usable
