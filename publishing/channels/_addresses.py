"""What accounts have in common: the address of a server that a person typed, and a post's words with its links."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from data.addresses import names_somebody
from data.errors import BadInput
from publishing.channels import Outgoing

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def base_address(config: Mapping[str, object], name: str, default: str = "") -> str:
    """The server's address without a slash at its end. BadInput says what is wrong with it.

    A key goes over an encrypted connection, or to this very machine (as for the mail server), and nowhere else.
    Whether the machine behind the name may be spoken to at all is asked by the door, at each connection.
    """
    address = str(config.get(name) or default).strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"The {name} cannot be read: write https:// and a name.") from error
    if parts.scheme not in ("https", "http") or not host:
        raise BadInput(f"The {name} begins with https:// and a name.")
    if names_somebody(address) or parts.query or parts.fragment or any(one.isspace() for one in address):
        raise BadInput(f"The {name} is an address alone: no user, password, blanks, ? or #.")
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise BadInput(f"The {name} begins with https://: a key must not travel in the open.")
    return address


def with_links(outgoing: Outgoing) -> str:
    """The agreed words, and below them those agreed links that do not stand among them."""
    missing = [link for link in outgoing.links if link not in outgoing.text]
    return "\n".join([outgoing.text, *missing]) if missing else outgoing.text
