"""Whether a request shows a key the provider would take."""

from mock_providers.auth.check import Credential, Denied, authenticate

__all__ = ["Credential", "Denied", "authenticate"]
