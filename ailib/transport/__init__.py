"""The network: one protocol, an adapter a library."""
