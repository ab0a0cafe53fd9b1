"""One small module a client. See `conformance.worker.adapter` for what one is."""
