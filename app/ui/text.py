"""Drawing words that came from outside: feeds, posts, people's notes. Markdown is markup too, so it is defused here.

`outside` is for whole passages. `escape` is for the few places where a widget insists on Markdown (labels, captions).
"""

from __future__ import annotations

import re
from typing import Literal

import streamlit as st

# Characters that turn the reading direction around or hide: a title must not be able to rearrange the page.
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit turns these into links, icons and emoji after the escapes are gone; an invisible joiner keeps them text.
_MAGIC = re.compile(r"(www(?=&#46;)|&#58;|&#64;)", re.IGNORECASE)
_JOINER = "\u2060"
# After one of these a new line needs no dash to be told apart.
_ENDS = ".!?:;,…–—"


def clean(text: str) -> str:
    """The text without control and direction characters."""
    return _HIDDEN.sub("", text)


def escape(text: str) -> str:
    """The text as Markdown that shows exactly these characters, on one line."""
    flat = " ".join(clean(text).split())
    entities = _PUNCTUATION.sub(lambda found: f"&#{ord(found[1])};", flat)
    return _MAGIC.sub(lambda found: found[1] + _JOINER, entities)


def outside(text: str) -> None:
    """Draw a passage from outside: no markup, no links, no images."""
    st.text(clean(text))


def markdown(text: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw our own Markdown. Parts from outside go through `escape` first."""
    st.markdown(text, width=width)


def shorten(text: str, most: int = 140) -> str:
    """At most `most` characters on one line, cut at a word. A headline and what stands under it stay apart."""
    flat = _on_one_line(clean(text))
    if len(flat) <= most:
        return flat
    return flat[: most - 1].rsplit(" ", 1)[0] + "…"


def _on_one_line(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    flat = ""
    for line in filter(None, lines):
        apart = " " if not flat or flat[-1] in _ENDS else " – "
        flat = f"{flat}{apart}{line}" if flat else line
    return flat
