"""A request to the sample day's Mastodon server and its answer, as values: what came over the wire, read once.

Mastodon takes its parameters from the query, a form, JSON or a multipart body alike, and so does this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Upload:
    """A file of a multipart body."""

    mime: str
    content: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, content: object, status: int = HTTPStatus.OK) -> Answer:
        """An answer in JSON."""
        return cls(status, json.dumps(content, ensure_ascii=False).encode())


class Asked:
    """One request. `headers` have their names in small letters."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        split = urlsplit(target)
        self.method = method
        self.path = split.path.rstrip("/") or "/"
        self.headers = headers
        self.fields: dict[str, list[str]] = {}
        self.files: dict[str, Upload] = {}
        for name, value in parse_qsl(split.query, keep_blank_values=True):
            self._take(name, value)
        self._read(headers.get("content-type", ""), body)

    def header(self, name: str) -> str:
        """A header's value, "" where it is missing."""
        return self.headers.get(name.casefold(), "")

    def text(self, name: str, otherwise: str = "") -> str:
        """A parameter's last value."""
        return self.fields.get(name, [otherwise])[-1]

    def flag(self, name: str) -> bool:
        """Whether a parameter says yes, in one of the ways that Mastodon takes for one."""
        return self.text(name).casefold() in ("1", "true", "t", "on")

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that may be repeated."""
        return tuple(self.fields.get(name, ()))

    def _take(self, name: str, value: str) -> None:
        self.fields.setdefault(name.removesuffix("[]"), []).append(value)

    def _read(self, kind: str, body: bytes) -> None:
        if kind.startswith("application/x-www-form-urlencoded"):
            for name, value in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
                self._take(name, value)
        elif kind.startswith("application/json") and body:
            self._read_json(body)
        elif kind.startswith("multipart/form-data"):
            whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
            for part in whole.get_payload() if whole.is_multipart() else ():
                self._read_part(part)  # type: ignore[arg-type]

    def _read_json(self, body: bytes) -> None:
        try:
            said = json.loads(body)
        except ValueError:
            return
        for name, value in said.items() if isinstance(said, dict) else ():
            for one in value if isinstance(value, list) else [value]:
                self._take(str(name), str(one))

    def _read_part(self, part: Message) -> None:
        name = str(part.get_param("name", "", header="Content-Disposition"))
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        if part.get_filename() is None:
            self._take(name, content.decode(errors="replace"))
        else:
            self.files[name] = Upload(part.get_content_type(), content)
