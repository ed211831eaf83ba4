"""What Facebook and Instagram share: one interface (the Graph API), its refusals, its waiting times.

Meta answers nearly every refusal with status 400 and a code in the body, so the status alone would mislead. Codes after
developers.facebook.com, "Handle errors", "Rate limits" and Instagram's "Error codes" (Graph API v25.0): -1, 1 and 2 are
trouble of its own; 4, 9 (a day's posts), 17, 32, 341, 613 and 80000 to 80099 ask for patience; 190 and 102 are about
the token; 3, 10 and 200 to 299 about rights; 100 with subcode 33 is about what is not there (any more, or for us). The
header that says for how many minutes is `X-Business-Use-Case-Usage`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from data.errors import BadInput, ChannelError
from publishing.channels import Setting
from publishing.channels import _platform as shared
from publishing.channels._addresses import base_address
from publishing.channels._http import LONGEST_WAIT, OTHER_KEY, Judge, json_of, retry_after, told
from publishing.channels._platform import Api, dig, rows
from publishing.trouble import Declined, Gone, Limited, Unsure

ADDRESS = "https://graph.facebook.com"
VERSION = "v25.0"
ITS_OWN_TROUBLE = frozenset({-1, 1, 2})
# "Action is blocked", which comes as a limit, and has come for posts that were out (gitroomhq/postiz-app#1681).
MAY_BE_DONE = (4, 2207051)
PATIENCE = frozenset({4, 9, 17, 32, 341, 613, *range(80000, 80100)})
RIGHTS = frozenset({3, 10, 102, 190, *range(200, 300)})
NOTHING_THERE = (100, 33)

SETTINGS = (
    Setting("version", "Version", "text", False, "Such as v25.0.", default=VERSION),
    shared.address_setting(ADDRESS),
)


def reason(said: Any) -> str:
    """Meta's own words: those meant for a person, where it has some."""
    return str(dig(said, "error", "error_user_msg") or dig(said, "error", "message") or "")


def judge_for(label: str) -> Judge:
    """How a refusal reads on the platform that people call `label`."""

    def judge(reply: httpx.Response) -> ChannelError | None:
        code, subcode = _codes(reply)
        said = told(reply, reason)
        quoted = f" It says: “{said}”" if said else ""
        cause = f"HTTP {reply.status_code}, code {code}/{subcode}: {said}"
        if code in ITS_OWN_TROUBLE or (code, subcode) == MAY_BE_DONE:
            return Unsure(f"{label} has trouble of its own.{quoted}", cause)
        if reply.status_code == 429 or code in PATIENCE:
            return Limited(f"{label} asks for patience.{quoted}", cause, _patience(reply.headers))
        if code in RIGHTS:
            return Declined(f"{label} does not let this account do that: {OTHER_KEY}{quoted}", cause)
        if (code, subcode) == NOTHING_THERE:
            return Gone(f"{label} has nothing there.{quoted}", cause)
        return None

    return judge


def numbers(api: Api, post: str, metrics: tuple[str, ...], *, together: bool) -> dict[str, int]:
    """What the insights of a post say, by name. A number that Meta refuses or does not tell yet is left out.

    One unknown name spoils the whole request, so names that Meta has changed before are asked one by one.
    """
    found: dict[str, int] = {}
    for asked in [",".join(metrics)] if together else metrics:
        try:
            said = api.read("GET", f"/{post}/insights", params={"metric": asked})
        except (Declined, Gone):
            continue
        for one in rows(said, "data"):
            value = dig(one, "values", 0, "value")
            value = dig(one, "total_value", "value") if value is None else value
            if isinstance(value, int) and not isinstance(value, bool):
                found[str(one.get("name"))] = value
    return found


def look(api: Api, thing: str, fields: str) -> tuple[httpx.Response, Any]:
    """Some fields of a post, a page or an account."""
    reply = api.call("GET", f"/{thing}", params={"fields": fields})
    return reply, json_of(reply, api.label)


def look_at_own(api: Api, thing: str, fields: str) -> Any:
    """Some fields of the page or account itself. Where it is not there the token has no rights: Declined, not Gone."""
    try:
        return look(api, thing, fields)[1]
    except Gone as error:
        said = f"{api.label} does not show this account to its own token: check it on the Channels page."
        raise Declined(said, error.cause) from error


def versioned(config: Mapping[str, object]) -> str:
    """The address that an account's requests begin with."""
    return f"{base_address(config, 'address', ADDRESS)}/{shared.word(config, 'version') or VERSION}"


def check_settings(config: Mapping[str, object], name: str, said: str) -> None:
    """BadInput where the number of a page or account, the version or the address cannot be used."""
    if not shared.word(config, name).isdigit():
        raise BadInput(f"{said} has to be a number.")
    version = shared.word(config, "version") or VERSION
    if not (version.startswith("v") and version[1:].replace(".", "", 1).isdigit()):
        raise BadInput("The version has to look like v25.0.")
    base_address(config, "address", ADDRESS)


def _codes(reply: httpx.Response) -> tuple[Any, Any]:
    try:
        said = reply.json()
    except ValueError:
        return None, None
    return dig(said, "error", "code"), dig(said, "error", "error_subcode")


def _patience(headers: Mapping[str, str]) -> timedelta | None:
    """The longest of the waits that Meta names, in minutes; else `Retry-After`."""
    try:
        usage = json.loads(headers.get("x-business-use-case-usage", "{}"))
    except ValueError:
        usage = {}
    lists = usage.values() if isinstance(usage, Mapping) else ()
    waits = [dig(one, "estimated_time_to_regain_access") for found in lists for one in rows(found)]
    minutes = [wait for wait in waits if isinstance(wait, int) and 0 < wait < 100_000]
    return min(timedelta(minutes=max(minutes)), LONGEST_WAIT) if minutes else retry_after(headers)
