"""What the form of every kind of account can be trusted with; runs over whatever lies in publishing/channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from app.ui.account_form import checked
from data.errors import BadInput
from data.reference import playbooks
from publishing.channels import Kind, kinds

KINDS = sorted(kinds())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return kinds()[request.param]


def test_a_form_can_be_made_from_it(kind: Kind) -> None:
    names = [one.name for one in kind.settings]
    assert kind.label
    assert "-" not in kind.kind, "its accounts' channels are called <kind>-<number>"
    assert set(kind.platforms) <= set(playbooks())
    assert len(names) == len(set(names))
    assert "name" not in names, "that is the account's own field"
    for one in kind.settings:
        assert one.label
        assert one.help.endswith("."), f"{one.name}: what it is and where it comes from, in a sentence"
        assert bool(one.choices) == (one.kind == "choice")
        assert one.default is None or one.kind != "secret"


def test_where_its_secrets_are_sent_is_known(kind: Kind) -> None:
    """A secret is kept only as long as these settings stay as they are (workflow.channel_accounts.change)."""
    secret = any(one.kind == "secret" for one in kind.settings)
    assert not secret or any(one.kind == "address" for one in kind.settings)


def test_an_empty_form_is_refused_with_a_sentence_and_no_secret_is_said(kind: Kind) -> None:
    typed: Mapping[str, Any] = {one.name: "s3cr3t ://@" for one in kind.settings}
    for config in ({}, typed):
        with pytest.raises(BadInput) as refused:
            checked(kind)(config)
        assert refused.value.message.endswith(".")
        assert "s3cr3t" not in refused.value.message + refused.value.cause
