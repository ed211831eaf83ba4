"""A real Bluesky server for tests: tools/pds/serve.mjs as a process of its own, and people with accounts on it.

Nothing here knows the product: accounts, likes and replies are made over the server's own interface.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
PASSWORD = "a long enough app password"


@dataclass
class Person:
    """Somebody with an account there."""

    pds: Pds
    handle: str
    did: str
    token: str

    def write(self, collection: str, **record: Any) -> dict[str, str]:
        """Where a new record of this person is: uri and cid."""
        body = {"repo": self.did, "collection": collection, "record": {"createdAt": _now(), **record}}
        said = self.pds.post("com.atproto.repo.createRecord", body, self.token)
        return {"uri": said["uri"], "cid": said["cid"]}

    def posts(self) -> list[dict[str, Any]]:
        """All records of posts that there are of this person: uri, cid, value."""
        return self.records("app.bsky.feed.post")

    def records(self, collection: str) -> list[dict[str, Any]]:
        found = self.pds.get("com.atproto.repo.listRecords", repo=self.did, collection=collection, limit=100)
        return list(found["records"])

    def delete_posts(self) -> None:
        for one in self.posts():
            body = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": one["uri"].rpartition("/")[2]}
            self.pds.post("com.atproto.repo.deleteRecord", body, self.token)


@dataclass
class Pds:
    """The server, where it listens, and everything that it was asked to begin with."""

    port: int
    made: int = field(default=0)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def allowed(self) -> frozenset[str]:
        """By the name that we type, and by the one that the server calls itself in its accounts' documents."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    def person(self, name: str) -> Person:
        """A new account; handles are numbered, so that each test has people of its own."""
        self.made += 1
        handle = f"{name}{self.made}.test"
        body = {"handle": handle, "email": f"{name}{self.made}@example.test", "password": PASSWORD}
        said = self.post("com.atproto.server.createAccount", body)
        return Person(self, handle, said["did"], said["accessJwt"])

    def post(self, method: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return _said(httpx.post(f"{self.address}/xrpc/{method}", json=body, headers=headers, timeout=20))

    def get(self, method: str, **params: Any) -> dict[str, Any]:
        return _said(httpx.get(f"{self.address}/xrpc/{method}", params=params, timeout=20))


@contextmanager
def running(packages: Path, folder: Path, **environment: str) -> Iterator[Pds]:
    """The server until the block ends; `environment` is passed on to it."""
    command = ["node", str(ROOT / "tools/pds/serve.mjs"), str(folder), str(packages)]
    with (folder / "pds.log").open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **environment}
        )
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line, (folder / "pds.log").read_text()[-2000:]
        yield Pds(int(json.loads(line)["pds"]))
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(20)
        child.stdout.close()


def _said(reply: httpx.Response) -> dict[str, Any]:
    assert reply.is_success, reply.text
    return dict(reply.json())


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
