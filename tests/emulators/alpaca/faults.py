"""What goes wrong, and when: a queue of troubles for each kind of request and of trade update."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

LATE_S = 0.65
"""How long a late request stays under way: longer than the adapters under test wait."""
SLOW_S = 0.1
"""How long a slow answer takes: shorter than that."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: (method, what follows /v2) -> kind of request; the longest prefix counts.
KINDS = (
    ("POST", "/orders", "submit"),
    ("DELETE", "/orders", "cancel"),
    ("PATCH", "/orders", "replace"),
    ("GET", "/orders:by_client_order_id", "query"),
    ("GET", "/account/activities", "executions"),
    ("GET", "/account", "account"),
    ("GET", "/positions", "positions"),
)


@dataclass
class Faults:
    """`requests` and `updates`: what becomes of the next ones of a kind. `silent`: no update goes out."""

    requests: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    updates: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    messages: dict[str, str] = field(default_factory=dict)
    """What "refused" says of a kind of request."""
    silent: bool = False
    unreachable: bool = False
    drop_fills: int = 0
    """Of so many fills one is dropped from the stream (0: none)."""
    late_activities_s: float = 0.0
    """So long after it an execution comes into the account's activities; positions and cash have it at once."""
    fills: int = 0

    def next_request(self, kind: str) -> str:
        queue = self.requests[kind]
        return queue.popleft() if queue else ""

    def next_update(self, kind: str) -> str:
        if kind == "filled" and self.drop_fills:
            self.fills += 1
            if self.fills % self.drop_fills == 0:
                return "dropped"
        queue = self.updates[kind]
        return queue.popleft() if queue else ""


def kind_of(request: web.Request) -> str:
    path = request.path.removeprefix("/v2")
    if (request.method, path) == ("GET", "/orders"):
        return "open"
    return next((kind for method, prefix, kind in KINDS if request.method == method and path.startswith(prefix)), "")


def abort(request: web.Request) -> None:
    """Reset the connection under the request."""
    if request.transport is not None:
        request.transport.abort()


async def suffer(fault: str, request: web.Request, handler: Handler, message: str = "") -> web.StreamResponse:
    """Let the request meet its fate. `message`: what a refusal says."""
    match fault:
        case "lost":
            await asyncio.sleep(LATE_S)
            abort(request)
            return web.Response()
        case "late":
            await asyncio.sleep(LATE_S)
            return await handler(request)
        case "reset_before":
            abort(request)
            return web.Response()
        case "refused":
            words = message or "account is not allowed to trade"
            return web.json_response({"code": 40310000, "message": words}, status=403)
        case "refused without a code":
            return web.json_response({"message": message}, status=403)
        case "unauthorized":
            return web.json_response({"code": 40110000, "message": "request is not authorized"}, status=401)
        case "forbidden":
            return web.json_response({"message": "forbidden."}, status=403)
        case "throttled":
            return web.Response(status=429)
        case "absent":
            return web.json_response({"code": 40410000, "message": "order not found"}, status=404)
    answer = await handler(request)
    match fault:
        case "unanswered":
            await asyncio.sleep(LATE_S)
            abort(request)
        case "slow":
            await asyncio.sleep(SLOW_S)
        case "reset_after":
            abort(request)
        case "torn":
            await _tear(request)
        case "error_after":
            return web.json_response({"message": "internal server error"}, status=500)
        case "unreadable":
            return web.Response(text="<html><body>gateway</body></html>", content_type="text/html")
        case "novel":
            assert isinstance(answer, web.Response)
            return web.json_response(strange(json.loads(answer.body or b"null")))  # type: ignore[arg-type]
    return answer


async def _tear(request: web.Request) -> None:
    """Break in the middle of the answer's first line."""
    if request.transport is not None:
        request.transport.write(b"HTTP/1.1 2")
    await asyncio.sleep(0.02)
    abort(request)


#: Words of which nothing hangs that is counted: status, kind and the like.
STRANGE = (
    "status", "type", "order_type", "order_class", "time_in_force", "order_status", "asset_class", "exchange",
)  # fmt: skip


def strange(answer: Any) -> Any:
    """The answer with words that nobody knows, and with a field more."""
    if isinstance(answer, list):
        return [strange(row) for row in answer]
    if not isinstance(answer, dict):
        return answer
    return {**answer, **{key: "helix" for key in STRANGE if key in answer}, "new_field": {"a": [1]}}


def scrambled(update: dict[str, Any], kind: str) -> dict[str, Any]:
    """The update with a word that nobody knows: in a fill the order's status, else the event itself."""
    if kind == "filled":
        return {**update, "order": {**update["order"], "status": "brand_new_status", "order_class": "helix"}}
    return {**update, "event": "brand_new_event"}
