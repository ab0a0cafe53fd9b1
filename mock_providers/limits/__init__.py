"""Rate limits as the provider counts them, and the headers that tell of them."""

from mock_providers.limits.formats import write_reset
from mock_providers.limits.limiter import Limiter, Quota, Spent, Verdict
from mock_providers.limits.pace import Pace

__all__ = ["Limiter", "Pace", "Quota", "Spent", "Verdict", "write_reset"]
