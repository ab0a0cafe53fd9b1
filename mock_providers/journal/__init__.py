"""What was asked of the server and what became of it."""

from mock_providers.journal.entry import Entry
from mock_providers.journal.journal import Filter, Journal
from mock_providers.journal.metrics import Metrics
from mock_providers.journal.view import Redactor, summary, view

__all__ = ["Entry", "Filter", "Journal", "Metrics", "Redactor", "summary", "view"]
