"""What the channels of the large platforms share: a signed-in client, and what a failure at which step means.

Their interfaces (X, LinkedIn, Facebook, Instagram, TikTok) have no key that makes a repeated request harmless, so each
of these channels publishes in two parts. First come steps that may be repeated and leave nothing that anybody sees
(`preparing`: an upload, a container); then exactly one request that makes the post, whose lost answer nobody may
repeat. Apart from `_http`, which knows one request and no platform.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from data.errors import BadInput, ChannelError
from data.reference.metrics import unified
from publishing.channels import Account, Figures, Outgoing, Published, Receipt, Setting
from publishing.channels._http import LONGEST_WAIT, Judge, Reason, ask, instant, json_of
from publishing.channels._http import outline as outline
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure

# The steps before a post may take so long together (ours): with the post itself less than the outbox's lease, a minute.
PREPARE_SECONDS = 25.0
# What our clock and a platform's may differ by, when its posts since our first attempt are looked through (ours).
CLOCKS_APART = timedelta(minutes=1)

Credentials = Callable[[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Api:
    """A platform's interface while one client is open. `credentials` gives each request's headers."""

    client: httpx.Client
    label: str
    base: str
    credentials: Credentials
    reason: Reason
    judge: Judge = lambda reply: None

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = True,
        **body: Any,
    ) -> httpx.Response:
        """The answer to one request, if it is a 2xx. `path` may be a whole address that the platform named."""
        url = path if path.startswith(("http://", "https://")) else self.base + path
        if params:
            url += f"?{urlencode(params, quote_via=quote, safe='')}"  # a space is %20, where X signs as well
        own = dict(self.credentials(method, url)) if signed else {}
        return ask(
            self.client,
            self.label,
            method,
            url,
            headers={**own, **(headers or {})},
            reason=self.reason,
            judge=self.judge,
            **body,
        )

    def read(self, method: str, path: str, **how: Any) -> Any:
        """The same, as JSON."""
        return json_of(self.call(method, path, **how), self.label)


@contextmanager
def preparing(label: str) -> Iterator[None]:
    """Around the steps before the request that makes the post: whatever fails here, nothing of the post exists."""
    try:
        yield
    except (NotBegun, Limited, Declined):
        raise
    except Gone as error:
        raise Declined(error.message, error.cause) from error
    except ChannelError as error:
        raise NotBegun(f"{error.message} Nothing has been posted yet.", error.cause) from error


def identified(found: Any, label: str) -> str:
    """The identifier of what a request has made. Unsure where the answer lacks it: it may be out."""
    if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found):
        return str(found)
    raise Unsure(
        f"{label} took the post, but did not say where it is.", f"no identifier in the answer: {outline(found)}"
    )


def made(found: Any, label: str) -> str:
    """The same of a step before: what it should have made can be made again."""
    try:
        return identified(found, label)
    except Unsure as error:
        raise NotBegun(f"{label} did not take the media.", error.cause) from error


def number_of(published: Published, name: str, label: str) -> str:
    """What a platform calls a post of ours, from the receipt. Declined, for a person, where there was none."""
    found = published.payload.get(name)
    if isinstance(found, str) and found:
        return found
    raise Declined(f"It is not known what {label} calls this post: look after it by hand.", published.address[:200])


def dig(value: Any, *path: str | int) -> Any:
    """What lies at a path of keys and places in somebody's JSON; None where it has another shape."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def rows(value: Any, *path: str | int) -> list[Mapping[str, Any]]:
    """The objects of a list at a path; nothing where there is no list."""
    found = dig(value, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def figures_of(
    platform: str, raw: Mapping[str, Any], reply: httpx.Response, posted: Any = None, edited: Any = None
) -> Figures:
    """A platform's numbers in our words, by metrics.yaml; what is not told stays None."""
    found = unified(platform, raw)
    return Figures(
        impressions=found.get("impressions"),
        likes=found.get("likes"),
        shares=found.get("shares"),
        quotes=found.get("quotes"),
        replies=found.get("replies"),
        clicks=found.get("clicks"),
        saves=found.get("saves"),
        audience=found.get("audience"),
        posted_at=when(posted),
        edited_at=when(edited),
        server_at=instant(reply.headers.get("date", "")),
        raw=raw,
    )


def when(said: Any) -> datetime | None:
    """An instant as ISO 8601 text, in seconds or in milliseconds; None for anything else."""
    try:
        if isinstance(said, str):
            at = datetime.fromisoformat(said)
            return at.astimezone(UTC) if at.tzinfo is not None else None
        if isinstance(said, (int, float)) and not isinstance(said, bool):
            return datetime.fromtimestamp(said / 1000 if said > 1e11 else said, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def until(epoch: str, headers: Mapping[str, str]) -> timedelta | None:
    """How long until an instant in seconds since 1970, on the clock of the answer itself."""
    server = instant(headers.get("date", ""))
    if not epoch.isdigit() or len(epoch) > 11 or server is None:
        return None
    return min(max(datetime.fromtimestamp(int(epoch), UTC) - server, timedelta(0)), LONGEST_WAIT)


def the_only(found: Sequence[Receipt], label: str, whose: str) -> Receipt:
    """What a look among an account's own posts brought: out where one fits; else nobody knows, and a person looks."""
    if len(found) == 1:
        return found[0]
    if found:
        raise Unsure(f"{label} shows {len(found)} posts of {whose} with these words: look there, and delete one.")
    raise Unsure(f"{label} does not show this post among the latest of {whose}: look there yourself.")


def last_look(outgoing: Outgoing, label: str) -> None:
    """Between the steps before a post and the request that makes it. NotBegun where something speaks against it by now.

    The outbox looks at holds and signatures right before it calls a channel; an upload takes its time after that.
    """
    if not outgoing.may_begin():
        raise NotBegun(f"It was stopped while its media were on their way to {label}. Nothing has been posted.")


def ready(look: Callable[[], bool], tries: int, seconds: float) -> bool:
    """Whether `look` said yes within so many looks, with a pause between two."""
    for turn in range(tries):
        if turn and seconds:
            threading.Event().wait(seconds)
        if look():
            return True
    return False


def word(config: Mapping[str, object], name: str) -> str:
    """One setting as text without edges; "" where it is not set."""
    value = config.get(name)
    return "" if value is None else str(value).strip()


def secret(account: Account, name: str, said: str) -> str:
    """One key of an account. BadInput, naming it by `said`, where it is missing or cannot be a key."""
    found = account.secrets.get(name, "").strip()
    if not found or not found.isascii() or not found.isprintable():
        raise BadInput(f"{account.label} has no usable {said}: enter it again on the Channels page.")
    return found


def address_setting(default: str, name: str = "address", label: str = "Address of the interface") -> Setting:
    """The optional setting for a platform's own address."""
    return Setting(name, label, "address", False, "Leave it as it is, unless the platform moved.", default=default)
