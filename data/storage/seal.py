"""Secrets at rest, of sources, calls and channels: sealed with the operator's key, opened as they are used.

The key lies beside the database, not in it, so that a copy of the database alone opens nothing. It comes from the
settings (TACT_SECRET_KEY), or from a file that is made, for its owner alone, when the first secret is sealed. There
may be several keys: the first one seals, all of them open. That is how a key is changed without a gap.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import RowMapping, make_url
from sqlalchemy.exc import ArgumentError

from data.errors import BadInput

# Where the key lies when the database is no file of ours.
ELSEWHERE = Path("var/secret.key")
# Shorter ones are in every sentence (ours); nobody's token is three letters long.
SHORTEST_MASKED = 4


class Seal:
    """Closes and opens secrets. `keys`: the operator's own, separated by commas; else those in `file`, one a line."""

    def __init__(self, keys: str = "", file: Path | None = None) -> None:
        self._given = keys
        self.file = file

    @property
    def from_settings(self) -> bool:
        """Whether the operator gave the key, so that no file of ours is used."""
        return bool(self._given.strip())

    def close(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """Each secret sealed. Makes the key's file if there is no key yet. BadInput when no key can be had."""
        if not secrets:
            return {}
        keys = self._keys(make=True)
        if not keys:
            raise BadInput("There is no key to seal this secret with: set TACT_SECRET_KEY.")
        box = MultiFernet(keys)
        return {name: box.encrypt(value.encode()).decode("ascii") for name, value in secrets.items()}

    def open(self, sealed: Mapping[str, str]) -> dict[str, str]:
        """What was sealed. BadInput when the key is missing, damaged or another one."""
        if not sealed:
            return {}
        keys = self._keys(make=False)
        if not keys:
            raise BadInput(f"The key that opens these secrets is missing: {self._remedy()}")
        box = MultiFernet(keys)
        try:
            return {name: box.decrypt(value.encode()).decode() for name, value in sealed.items()}
        except (InvalidToken, UnicodeError) as error:
            sentence = f"These secrets were sealed with another key: {self._remedy()}"
            raise BadInput(sentence, cause=type(error).__name__) from error

    def config_of(self, source: RowMapping) -> dict[str, object]:
        """A source's settings with its secrets opened, as its kind is handed them. Never to be stored or logged."""
        return {**source["config"], **self.open(source["secrets"])}

    def derive(self, purpose: str) -> str:
        """Another secret, made from the first key for one purpose alone: the same wherever that key is.

        Makes the key's file if there is no key yet. BadInput when none can be had.
        """
        keys = [word.strip() for word in self._given.split(",") if word.strip()]
        if not keys:
            self._keys(make=True)
            keys = self.file.read_text("ascii").split() if self.file is not None else []
        if not keys:
            raise BadInput("There is no key to make this secret from: set TACT_SECRET_KEY.")
        return hmac.new(keys[0].encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def exposed(self) -> bool:
        """Whether others than its owner may read the key's file."""
        if self.from_settings or self.file is None or not self.file.exists():
            return False
        return bool(self.file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))

    def _keys(self, make: bool) -> list[Fernet]:
        if self.from_settings:
            return [_key(word, "TACT_SECRET_KEY") for word in self._given.split(",") if word.strip()]
        if self.file is None:
            return []
        if make and not self.file.exists():
            _make(self.file)
        try:
            lines = self.file.read_text("ascii").split() if self.file.exists() else []
        except (OSError, UnicodeError) as error:
            raise BadInput(f"The key file {self.file} cannot be read: check its permissions.", str(error)) from error
        return [_key(line, str(self.file)) for line in lines]

    def _remedy(self) -> str:
        place = "TACT_SECRET_KEY" if self.from_settings else f"the file {self.file or 'of keys'}"
        return f"put the right key back ({place}), or give the secrets again where they were given."


def seal_for(database_url: str, keys: str = "") -> Seal:
    """The seal of a workspace: its key lies beside an SQLite file, else in `var/` of the folder Tact is started in."""
    return Seal(keys, _beside(database_url).absolute())  # a sentence about it then says where it really is


def _beside(database_url: str) -> Path:
    try:
        url = make_url(database_url)
    except ArgumentError:
        return ELSEWHERE  # opening the database says what is wrong with its address
    is_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(url.database).with_suffix(".key") if is_file and url.database else ELSEWHERE


def _key(word: str, place: str) -> Fernet:
    try:
        return Fernet(word.strip())
    except ValueError as error:
        sentence = f"{place} holds something that is no key: a key is 32 random bytes in URL-safe base64, 44 letters."
        raise BadInput(sentence) from error


def _make(file: Path) -> None:
    """A new key, written whole before it gets its name: of two processes that make one, both then read the first."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".key-")  # mode 0600 from the start
        try:
            with os.fdopen(handle, "wb") as half:
                half.write(Fernet.generate_key() + b"\n")
                half.flush()
                os.fsync(half.fileno())
            os.link(name, file)
        except FileExistsError:
            return
        finally:
            Path(name).unlink()
    except OSError as error:
        sentence = f"The key file {file} cannot be made: check the folder, or set TACT_SECRET_KEY."
        raise BadInput(sentence, str(error)) from error


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with none of these secrets in it: a server may say back whatever it was sent.

    Longest first, so that one which holds another leaves nothing behind; also as they look in an address.
    """
    spellings = {spelling for one in secrets for spelling in (one, quote(one, safe=""), quote_plus(one))}
    for one in sorted(spellings, key=len, reverse=True):
        if len(one) >= SHORTEST_MASKED:
            text = text.replace(one, "…")
    return text


def not_opened(seal: Seal, rows: Iterable[RowMapping]) -> list[str]:
    """The names of the sources whose secrets this seal cannot open."""
    failed = []
    for row in rows:
        try:
            seal.open(row["secrets"])
        except BadInput:
            failed.append(str(row["name"]))
    return failed
