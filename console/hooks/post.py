"""Hands a message to an address over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

from console.hooks.errors import HookError


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message goes where it was meant to go, and nowhere else."""

    def redirect_request(self, *args: object, **more: object) -> None:
        return None


def post(url: str, body: bytes, timeout_s: float) -> None:
    """POST the body, waiting for the answer. Raises HookError."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "tradedesk"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout_s) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        raise HookError(f"the address answered {error.code}") from None
    except TimeoutError:
        raise HookError(f"the address took longer than {timeout_s:g} s") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None)
        what = reason.strerror if isinstance(reason, OSError) and reason.strerror else type(reason or error).__name__
        raise HookError(f"the address can't be reached: {what.lower()}") from None
