"""What each provider's API looks like from outside: data, each row with its evidence."""

from mock_providers.profiles.environment import variables
from mock_providers.profiles.errors import (
    ErrorRow,
    InStreamEvent,
    RenderedError,
    render_error,
    render_in_stream,
)
from mock_providers.profiles.load import (
    ProfileError,
    UnknownProviderError,
    canonical_name,
    load_profile,
    load_profile_file,
    provider_names,
)
from mock_providers.profiles.model import Auth, AuthScheme, Limits, Models, Profile, Route

__all__ = [
    "Auth",
    "AuthScheme",
    "ErrorRow",
    "InStreamEvent",
    "Limits",
    "Models",
    "Profile",
    "ProfileError",
    "RenderedError",
    "Route",
    "UnknownProviderError",
    "canonical_name",
    "load_profile",
    "load_profile_file",
    "provider_names",
    "render_error",
    "render_in_stream",
    "variables",
]
