"""Checks a YAML tree against a pydantic model, and says what is wrong in the desk's own one-line form."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.yaml_tree import Table, line_of, plain

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]


def validate(path: Path, tree: Table, model: type[M]) -> M:
    """The model's object. Raises ConfigError with every problem; none of the file is used then."""
    try:
        return model.model_validate(plain(tree))
    except ValidationError as error:
        raise ConfigError(_problem(path, tree, model, details) for details in error.errors()) from None


def _problem(path: Path, tree: Table, model: type[BaseModel], details: ErrorDetails) -> Problem:
    where = tuple(step for step in details["loc"] if step != "[key]")
    key = ".".join(str(step) for step in where)
    kind = details["type"]
    if kind == "extra_forbidden":
        what = unknown_key(str(where[-1]), _keys_at(model, where[:-1]))
    elif kind == "missing":
        what = f"is missing; expected {_expected(model, where)}"
    elif "[key]" in details["loc"]:
        what = f"{shown(str(where[-1]))} is no valid name; expected {_expected(model, where[:-1])}"
    else:
        what = f"{_given(details['input'])}{_why(details)}; expected {_expected(model, where)}"
    return Problem(path, line_of(tree, where), key, what)


def _given(value: object) -> str:
    if value is None:
        return "has no value"
    if isinstance(value, dict):
        return "is a mapping"
    if isinstance(value, list | tuple):
        return f"is a list of {len(value)}"
    return f"{shown(str(value))} is not valid"


def _why(details: ErrorDetails) -> str:
    """The reason in words, where it says more than "not valid"."""
    if details["type"] == "value_error":
        return f" ({details['ctx']['error']})"
    return ""


def _expected(model: type[BaseModel], where: Where) -> str:
    """The description of the deepest field of `where`."""
    text = "a mapping"
    for field, _ in _fields(model, where):
        text = field.description or text
    return text


def _keys_at(model: type[BaseModel], where: Where) -> list[str]:
    """The keys that the mapping at `where` may have."""
    inner: type[BaseModel] | None = model
    for _, inner in _fields(model, where):  # noqa: B007 - the last one counts
        pass
    return [field.alias or name for name, field in inner.model_fields.items()] if inner else []


def _fields(model: type[BaseModel], where: Where) -> list[tuple[FieldInfo, type[BaseModel] | None]]:
    """The fields passed on the way to `where`, each with the model that its value has, if any."""
    found: list[tuple[FieldInfo, type[BaseModel] | None]] = []
    inner: type[BaseModel] | None = model
    steps = iter(where)
    for step in steps:
        by_name = {field.alias or name: field for name, field in inner.model_fields.items()} if inner else {}
        field = by_name.get(str(step))
        if field is None:
            break
        inner = _model_in(field.annotation)
        found.append((field, inner))
        if get_origin(field.annotation) is dict or (get_origin(field.annotation) is tuple and inner is not None):
            next(steps, None)  # the name (or place) at which one of the values stands is no field
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's value is, or that the values of its mapping are."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        inner = _model_in(part)
        if inner is not None:
            return inner
    return None
