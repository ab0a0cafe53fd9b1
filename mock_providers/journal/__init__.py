"""What was asked of the server and what became of it. How it is shown: `journal.view`."""

from mock_providers.journal.entry import Entry
from mock_providers.journal.journal import Filter, Journal
from mock_providers.journal.metrics import Metrics

__all__ = ["Entry", "Filter", "Journal", "Metrics"]
