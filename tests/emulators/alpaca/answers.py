"""Answers other than success, and numbers of a request's body."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, code: int | None, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {**({} if code is None else {"code": code}), "message": message, **more}


def not_found(what: str) -> RefusedError:
    return RefusedError(404, 40410000, f"{what} not found")


def unprocessable(message: str, code: int = 42210000) -> RefusedError:
    return RefusedError(422, code, message)


def number(body: dict[str, Any], key: str) -> Decimal | None:
    """A positive number, given as a string or a number."""
    value = body.get(key)
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise RefusedError(400, 40010000, f"invalid {key}: {value}") from None
    if not found.is_finite():
        raise RefusedError(400, 40010000, f"invalid {key}: {value}")
    return found
