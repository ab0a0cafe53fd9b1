"""Bytes to frames: SSE, NDJSON, AWS event stream, JSON, JSON array."""
