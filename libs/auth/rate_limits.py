"""A key's own request limit per minute: none unless the key has one. Counted per process, in a moving window."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from libs.auth.principal import Principal
from libs.httpkit.errors import rate_limited


@dataclass(frozen=True, slots=True)
class RateState:
    """The state of a key's limit: the limit, the requests left, and the seconds until one becomes free."""

    limit: int
    remaining: int
    reset_s: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """Return the `X-RateLimit-*` headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_s),
        }


class RateLimiter:
    """Counts requests per key in memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, principal: Principal, cost: int = 1) -> RateState | None:
        """Count a request; None for a key without a limit."""
        if principal.rate_limit_per_minute is None:
            return None
        item = RateLimitItemPerMinute(principal.rate_limit_per_minute)
        identity = f"{principal.tenant_id}/{principal.key_id or principal.subject}"
        allowed = self._limiter.hit(item, identity, cost=cost)
        stats = self._limiter.get_window_stats(item, identity)
        reset_s = max(0, math.ceil(stats.reset_time - time.time()))
        return RateState(item.amount, max(0, stats.remaining), reset_s, allowed)

    def require(self, principal: Principal) -> dict[str, str]:
        """Count a request and gives the headers for its answer; raises 429 with them when the limit is used up."""
        state = self.hit(principal)
        if state is None:
            return {}
        if not state.allowed:
            raise rate_limited(max(1, state.reset_s), state.headers())
        return state.headers()
