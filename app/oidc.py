"""What Streamlit is told about a company's own sign-in: from our settings, in memory, never in a file.

Here and not in the console's pages, because the server needs it before the first page is drawn. What happens with
somebody who comes back is in `workflow.identities`.
"""

from __future__ import annotations

from typing import Any

from app.settings import Settings
from data.storage.seal import seal_for

# Our name for the one provider; Streamlit allows no underscore in it.
PROVIDER = "company"


def way_back(settings: Settings) -> str:
    """Where the provider sends people, letter by letter as it is registered there."""
    return f"{settings.url}/oauth2callback"


def secrets(settings: Settings) -> dict[str, Any] | None:
    """The section that `st.login` reads; None where people sign in with passwords alone.

    The provider is told to ask the person (`prompt=login`) and to say when it did (`max_age=0` makes it send
    `auth_time`): whoever ended their sign-in here is not let in by what their browser still remembers there.
    """
    if not settings.oidc:
        return None
    provider = {
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret,
        "server_metadata_url": settings.oidc_metadata_url,
        "client_kwargs": {"scope": "openid email profile", "prompt": settings.oidc_prompt},
        "authorize_params": {"max_age": "0"},
    }
    shared = {"redirect_uri": way_back(settings), "cookie_secret": _cookie_secret(settings)}
    return {"auth": {**shared, PROVIDER: provider}}


def _cookie_secret(settings: Settings) -> str:
    seal = seal_for(settings.database_url, settings.secret_key)
    return settings.oidc_cookie_secret or seal.derive("cookies of the sign-in at a provider")
