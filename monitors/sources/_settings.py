"""How a source declares its settings: one pydantic model, from which the form and the check are both drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from data.errors import BadInput
from monitors.fetch import web_address
from monitors.sources import Setting, SettingKind
from monitors.streaming import stream_address

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
LONGEST_TERM = 120
LONGEST_SECRET = 4_000
_PHRASE = re.compile(r'["“”„]([^"“”„]*)["“”„]|([^\s,;"“”„]+)')


class Settings(BaseModel):
    """Base of every source's settings. `Field(title=…, description=…)` gives a field its label and its help."""

    # A fault is logged: it must say which field, and never what was written into it.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=Settings)


class _IsAddress:
    """Marks a text that is a web address."""


def _address(value: str) -> str:
    try:
        return str(web_address(value))
    except BadInput as error:
        raise ValueError(error.message) from error


def _stream(value: str | None) -> str | None:
    try:
        return None if value is None else str(stream_address(value))
    except BadInput as error:
        raise ValueError(error.message) from error


def _region(value: str) -> str:
    region = value.upper()
    if not REGION.fullmatch(region):
        raise ValueError("write a country like US or a part of one like US-NJ")
    return region


def _split(value: object) -> object:
    """A form gives one text where a file gives a list."""
    return [word for word in re.split(r"[\s,;]+", value) if word] if isinstance(value, str) else value


def _split_phrases(value: object) -> object:
    """As `_split`, but what stands in quotation marks stays together: "ferry strike" rain."""
    if not isinstance(value, str):
        return value
    return [(quoted or word).strip() for quoted, word in _PHRASE.findall(value) if (quoted or word).strip()]


def _few_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    bare = tuple(dict.fromkeys(" ".join(term.replace('"', " ").split()) for term in terms))
    if not all(bare) or not bare:
        raise ValueError("write at least one word or phrase")
    if long := [term for term in bare if len(term) > LONGEST_TERM]:
        raise ValueError(f"{long[0][:40]!a} is too long: {LONGEST_TERM} letters at most")
    return bare


def _any_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    return _few_terms(terms) if terms else ()


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _one_word(value: SecretStr) -> SecretStr:
    """A key travels in a header: one printable word of ASCII."""
    word = value.get_secret_value()
    if not word or not (word.isascii() and word.isprintable()) or " " in word or len(word) > LONGEST_SECRET:
        raise ValueError("a key is one word of letters, digits and signs: copy it again")
    return value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Address = Annotated[str, AfterValidator(_address), _IsAddress()]
OptionalStream = Annotated[str | None, BeforeValidator(_none_if_empty), AfterValidator(_stream), _IsAddress()]
Region = Annotated[str, AfterValidator(_region)]
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Phrases = Annotated[tuple[str, ...], BeforeValidator(_split_phrases)]
OptionalTerms = Annotated[tuple[str, ...], BeforeValidator(_split_phrases), AfterValidator(_any_terms)]
Terms = Annotated[tuple[str, ...], BeforeValidator(_split_phrases), AfterValidator(_few_terms)]
Secret = Annotated[SecretStr, BeforeValidator(_stripped), AfterValidator(_one_word)]
OptionalSecret = Annotated[Secret | None, BeforeValidator(_none_if_empty)]
OptionalText = Annotated[str | None, BeforeValidator(_none_if_empty)]
OptionalRegion = Annotated[Region | None, BeforeValidator(_none_if_empty)]


def one_query(terms: tuple[str, ...]) -> str:
    """Terms as search engines write "any of these": phrases in quotation marks, joined by OR."""
    return " OR ".join(quoted(term) for term in terms)


def quoted(term: str) -> str:
    """A phrase in quotation marks; a single word as it is."""
    return f'"{term}"' if " " in term else term


def read(model: type[Model], config: Mapping[str, object]) -> Model:
    """The settings as `model`. Raises `BadInput` naming the first field that cannot be used."""
    try:
        return model.model_validate(dict(config))
    except ValidationError as error:
        raise BadInput(_sentence(model, error), str(error)) from error


def form_of(model: type[Settings]) -> tuple[Setting, ...]:
    """The fields of the settings form, in the model's order."""
    return tuple(_setting(name, field) for name, field in model.model_fields.items())


def _setting(name: str, field: FieldInfo) -> Setting:
    kind, choices = _kind(field.annotation)
    if any(isinstance(mark, _IsAddress) for mark in field.metadata):
        kind = "address"
    return Setting(
        name=name,
        label=field.title or name,
        kind=kind,
        required=field.is_required(),
        help=field.description or "",
        choices=choices,
        default=None if field.is_required() or kind == "secret" else field.get_default(),
    )


def _kind(annotation: Any) -> tuple[SettingKind, tuple[str, ...]]:
    """What to draw for a type; an optional type is drawn as the type itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is Literal:
        return "choice", tuple(str(choice) for choice in get_args(annotation))
    if annotation is SecretStr:
        return "secret", ()
    if annotation is bool:
        return "flag", ()
    return ("list", ()) if origin is tuple else ("text", ())


def _sentence(model: type[Settings], error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    field = model.model_fields.get(name)
    if first["type"] == "missing" and field is not None:
        return f"{field.title or name} is missing: fill it in."
    if first["type"] == "extra_forbidden":
        return f"There is no setting called {name!a} here: remove it."
    what = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{field.title or name}: {what}." if field is not None else f"{what}."
