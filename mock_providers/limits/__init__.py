"""Rate limits as the provider counts them, and the headers that tell of them."""

from mock_providers.limits.formats import write_reset
from mock_providers.limits.limiter import Limiter, Quota, Spent, Verdict

__all__ = ["Limiter", "Quota", "Spent", "Verdict", "write_reset"]
