"""A provider-neutral answer to a provider-neutral question."""
