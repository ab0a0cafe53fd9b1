"""Data: manifests of families and providers, their schema, the standard error table."""
