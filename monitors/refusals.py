"""What is said to people when an address cannot be read: one sentence for each way, with what to do next.

Apart from `fetch.py` so that the door's code and its words can each be read in one go. The cause goes to the log.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx

from data.errors import FetchError
from monitors.guard import AddressRefused, DeadlinePassed

ASTRAY = "{host} sends us to something that is not a web address, so it was not read."
_SAYS = {
    401: "{host} asks for a password that we do not have: check the address or its key.",
    403: "{host} does not let us in: check the address, or ask its owner.",
    404: "{host} has nothing at this address: check it for a typing error.",
    410: "{host} says this feed is gone for good: switch the source off or give its new address.",
    429: "{host} asks us to come less often: we wait as long as it says.",
    503: "{host} is out of service for now: we try again later.",
}


@contextmanager
def plainly(host: str, seconds: float) -> Iterator[None]:
    """Whatever goes wrong on a guarded connection to `host`, as a `FetchError`; `seconds` is the time it was given."""
    try:
        yield
    except AddressRefused as error:
        raise FetchError(
            f"{host} leads to a private address, so it was not read. An administrator can allow this host.", str(error)
        ) from error
    except DeadlinePassed as error:
        raise FetchError(f"{host} took longer than {seconds:g} seconds: we try again later.", str(error)) from error
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise FetchError(f"{host} does not answer: we try again later.", repr(error)) from error
    except (httpcore.NetworkError, httpx.NetworkError, ssl.SSLError) as error:
        raise FetchError(f"No connection to {host}: check the address and the network.", repr(error)) from error
    except httpx.InvalidURL as error:  # the client looks at where a redirect leads before we do
        raise FetchError(ASTRAY.format(host=host), repr(error)) from error
    except (httpcore.ProtocolError, httpx.HTTPError, httpcore.UnsupportedProtocol) as error:
        raise FetchError(f"{host} answers with something that is not HTTP.", repr(error)) from error


def sentence(status: int, host: str) -> str:
    """What an HTTP status that is no success means for the source."""
    if status in _SAYS:
        return _SAYS[status].format(host=host)
    if status >= 500:
        return f"{host} has a fault of its own (status {status}): we try again later."
    return f"{host} refuses the request (status {status}): check the address."
