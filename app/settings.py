"""Settings: the only file that reads the environment, once, into one frozen value.

Every setting has a default that works on one machine. `python -m app doctor` prints what is in force.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import BadInput

VERSION = "0.1.0"
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Settings:
    """What an operator can set; the name of the variable is beside each field."""

    database_url: str = "sqlite:///var/tact.db"  # TACT_DATABASE_URL
    address: str = "127.0.0.1"  # TACT_ADDRESS: the console binds here
    port: int = 8501  # TACT_PORT
    hosts: tuple[str, ...] = ()  # TACT_HOSTS: names under which the console is reached, for the origin check
    contact: str = ""  # TACT_CONTACT: told to the sources that are read
    allow_private: frozenset[str] = field(default_factory=frozenset)  # TACT_ALLOW_PRIVATE: host:port of intranet feeds
    dry_run_folder: Path = Path("var/dry_run")  # TACT_DRY_RUN_FOLDER
    tick_seconds: float = 1.0  # TACT_TICK_SECONDS: how often the worker looks for due work
    # TACT_COLLECT_SECONDS: how often figures are read in a publication's first six hours (docs/engagement.md)
    collect_seconds: float = 300.0
    log_level: str = "INFO"  # TACT_LOG_LEVEL
    judge: str = "model"  # TACT_JUDGE: model, or words for the lists of words alone
    sentiment_model: str = ""  # TACT_SENTIMENT_MODEL: a folder or a hub's name; empty: the shipped model
    # TACT_SECRET_KEY: seals the secrets of sources, several with commas between; empty: a key file beside the database
    secret_key: str = field(default="", repr=False)
    # TACT_PUBLIC_URL: the console's address as people type it; empty: http://<address>:<port>
    public_url: str = ""
    # Signing in at a company's own provider (docs/signing-in.md); off while the first of these is empty.
    oidc_metadata_url: str = ""  # TACT_OIDC_METADATA_URL: the provider's discovery document
    oidc_client_id: str = ""  # TACT_OIDC_CLIENT_ID
    oidc_client_secret: str = field(default="", repr=False)  # TACT_OIDC_CLIENT_SECRET
    oidc_prompt: str = "login"  # TACT_OIDC_PROMPT: select_account for a provider that refuses to ask again
    oidc_label: str = "your company's account"  # TACT_OIDC_LABEL: "Sign in with ..."
    # TACT_OIDC_COOKIE_SECRET: signs the cookies of the way to the provider and back; empty: made from the secret key
    oidc_cookie_secret: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)  # TACT_SMTP_URL: smtp://user:password@host:port, or smtps://
    mail_from: str = ""  # TACT_MAIL_FROM: whom our letters are from; empty: the user of TACT_SMTP_URL
    sample: bool = False  # TACT_SAMPLE: set by the demo; the sign-in page says so

    @property
    def url(self) -> str:
        """The console's address, without a slash at its end."""
        return (self.public_url or f"http://{self.address}:{self.port}").rstrip("/")

    @property
    def oidc(self) -> bool:
        """Whether people may sign in at a provider."""
        return bool(self.oidc_metadata_url)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings from the environment. BadInput names the variable that cannot be read."""
    given = os.environ if environ is None else environ
    base = Settings()
    read = Settings(
        database_url=absolute_url(given.get("TACT_DATABASE_URL", base.database_url)),
        address=given.get("TACT_ADDRESS", base.address),
        port=int(_number(given, "TACT_PORT", base.port)),
        hosts=_words(given, "TACT_HOSTS"),
        contact=given.get("TACT_CONTACT", base.contact),
        allow_private=frozenset(_words(given, "TACT_ALLOW_PRIVATE")),
        dry_run_folder=Path(given.get("TACT_DRY_RUN_FOLDER", str(base.dry_run_folder))).absolute(),
        tick_seconds=_number(given, "TACT_TICK_SECONDS", base.tick_seconds),
        collect_seconds=_number(given, "TACT_COLLECT_SECONDS", base.collect_seconds),
        log_level=given.get("TACT_LOG_LEVEL", base.log_level).upper(),
        judge=_one_of(given, "TACT_JUDGE", ("model", "words")),
        sentiment_model=given.get("TACT_SENTIMENT_MODEL", base.sentiment_model),
        secret_key=given.get("TACT_SECRET_KEY", base.secret_key),
        smtp_url=given.get("TACT_SMTP_URL", base.smtp_url),
        mail_from=given.get("TACT_MAIL_FROM", base.mail_from),
        public_url=_address(given, "TACT_PUBLIC_URL"),
        oidc_metadata_url=_address(given, "TACT_OIDC_METADATA_URL"),
        oidc_client_id=given.get("TACT_OIDC_CLIENT_ID", ""),
        oidc_client_secret=given.get("TACT_OIDC_CLIENT_SECRET", ""),
        oidc_prompt=_one_of(given, "TACT_OIDC_PROMPT", ("login", "select_account", "consent")),
        oidc_label=given.get("TACT_OIDC_LABEL", "") or base.oidc_label,
        oidc_cookie_secret=given.get("TACT_OIDC_COOKIE_SECRET", ""),
        sample=given.get("TACT_SAMPLE", "") == "1",
    )
    if read.oidc and not (read.oidc_client_id and read.oidc_client_secret):
        raise BadInput("TACT_OIDC_METADATA_URL is set: set TACT_OIDC_CLIENT_ID and TACT_OIDC_CLIENT_SECRET too.")
    return read


def as_environment(settings: Settings) -> dict[str, str]:
    """The whole environment for a child process that shall run with these settings."""
    own = {
        "TACT_DATABASE_URL": settings.database_url,
        "TACT_ADDRESS": settings.address,
        "TACT_PORT": str(settings.port),
        "TACT_HOSTS": ",".join(settings.hosts),
        "TACT_CONTACT": settings.contact,
        "TACT_ALLOW_PRIVATE": ",".join(sorted(settings.allow_private)),
        "TACT_DRY_RUN_FOLDER": str(settings.dry_run_folder),
        "TACT_TICK_SECONDS": str(settings.tick_seconds),
        "TACT_COLLECT_SECONDS": str(settings.collect_seconds),
        "TACT_LOG_LEVEL": settings.log_level,
        "TACT_JUDGE": settings.judge,
        "TACT_SENTIMENT_MODEL": settings.sentiment_model,
        "TACT_SECRET_KEY": settings.secret_key,
        "TACT_SMTP_URL": settings.smtp_url,
        "TACT_MAIL_FROM": settings.mail_from,
        "TACT_PUBLIC_URL": settings.public_url,
        "TACT_OIDC_METADATA_URL": settings.oidc_metadata_url,
        "TACT_OIDC_CLIENT_ID": settings.oidc_client_id,
        "TACT_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
        "TACT_OIDC_PROMPT": settings.oidc_prompt,
        "TACT_OIDC_LABEL": settings.oidc_label,
        "TACT_OIDC_COOKIE_SECRET": settings.oidc_cookie_secret,
        "TACT_SAMPLE": "1" if settings.sample else "",
    }
    return {**os.environ, **own}


def absolute_url(url: str) -> str:
    """The address of a database; an SQLite file named from here is named from the root.

    Console and worker must mean the same file, wherever each of them is started or moves to.
    """
    path = url.removeprefix(SQLITE)
    if path == url or not path or path.startswith((":memory:", "file:")):
        return url
    file, mark, query = path.partition("?")
    return f"{SQLITE}{Path(file).absolute()}{mark}{query}"


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise BadInput(f"{name} must be a number, not {text!r}.") from error
    if not 0 < value < 65536:
        raise BadInput(f"{name} is out of range: {text}.")
    return value


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """The first of the allowed words unless another of them is given."""
    value = given.get(name, "") or allowed[0]
    if value not in allowed:
        raise BadInput(f"{name} must be {' or '.join(allowed)}, not {value!r}.")
    return value


def _address(given: Mapping[str, str], name: str) -> str:
    """An absolute http address, or nothing."""
    value = given.get(name, "").strip()
    parts = urlsplit(value)
    if value and not (parts.scheme in ("http", "https") and parts.netloc):
        raise BadInput(f"{name} must be an address that begins with https://, not {value!r}.")
    return value


def _words(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in given.get(name, "").split(",") if word.strip())
