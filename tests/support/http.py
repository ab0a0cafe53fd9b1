"""One HTTP client for all tests that speak to a mock: making one costs 20 ms of TLS set-up."""

import atexit

import httpx

client = httpx.Client(verify=False, trust_env=False, timeout=30)
atexit.register(client.close)
