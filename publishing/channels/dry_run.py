"""Dry run, the default channel: writes down exactly what would have been sent, and sends nothing.

One JSON file for each post in the folder `dry_run_folder`, named by the post's key and put in place in one step, so
that repeating a post after a crash overwrites it with the same words instead of adding a second one. A post that was
taken down keeps its words under `<key>.deleted`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import ChannelError
from publishing.channels import Channel, Outgoing, Published, Receipt


class DryRun(Channel):
    """Writes to a folder instead of a platform."""

    name = "dry_run"
    label = "Dry run (nothing leaves)"
    idempotent = True
    by_hand = False
    answers = frozenset({"reply", "quote"})

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Write `<key>.json`. ChannelError when the folder cannot be written."""
        payload = _payload(outgoing)
        target = self.folder / f"{outgoing.key}.json"
        partial = target.with_suffix(".partial")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8") as file:
                json.dump(payload, file, ensure_ascii=False, indent=2)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise ChannelError("The dry run could not write its file; check the folder.", cause=str(error)) from error
        return Receipt(address=f"dry-run:{outgoing.key}", payload=payload)

    def delete(self, published: Published) -> None:
        """Rename `<key>.json` to `<key>.deleted`. ChannelError when the folder cannot be written."""
        try:
            (self.folder / f"{published.key}.json").replace(self.folder / f"{published.key}.deleted")
        except FileNotFoundError:
            return  # gone already
        except OSError as error:
            raise ChannelError("The dry run could not take its file back.", cause=str(error)) from error


def _payload(outgoing: Outgoing) -> dict[str, Any]:
    media = [
        {"name": one.name, "sha256": hashlib.sha256(one.content).hexdigest(), "alt_text": one.alt_text}
        for one in outgoing.media
    ]
    answering = outgoing.answering
    answers = {"answering": {"kind": answering.kind, "address": answering.address}} if answering is not None else {}
    return answers | {
        "platform": outgoing.platform,
        "text": outgoing.text,
        "links": list(outgoing.links),
        "media": media,
        "content_hash": outgoing.content_hash,
        "at": outgoing.at.isoformat(),
    }


def make(settings: Mapping[str, str]) -> DryRun:
    """From the setting `dry_run_folder`."""
    return DryRun(Path(settings["dry_run_folder"]))
