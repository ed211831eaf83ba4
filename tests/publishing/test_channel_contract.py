"""What every channel must keep to; runs over whatever lies in publishing/channels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publishing.channels import Outgoing, OutgoingMedia, discover

NAMES = sorted(discover({"dry_run_folder": "unused"}))
PICTURE = OutgoingMedia("cup.png", "image/png", b"bytes", "A cup of tea")
POST = Outgoing("k1", "mastodon", "Tea & sympathy – 🍵", (), (PICTURE,), "0" * 64, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_says_what_it_is(name: str, tmp_path: Path) -> None:
    channel = discover({"dry_run_folder": str(tmp_path)})[name]
    assert channel.name == name
    assert channel.label
    assert isinstance(channel.idempotent, bool)
    assert not (channel.by_hand and channel.idempotent), "a person cannot be asked twice without a second post"


def test_the_dry_run_writes_exactly_what_would_have_been_sent_and_repeats_nothing(tmp_path: Path) -> None:
    channel = discover({"dry_run_folder": str(tmp_path)})["dry_run"]
    assert channel.publish(POST) == channel.publish(POST)
    [written] = tmp_path.iterdir()
    sent = json.loads(written.read_text(encoding="utf-8"))
    assert (sent["text"], sent["media"][0]["alt_text"]) == (POST.text, "A cup of tea")
