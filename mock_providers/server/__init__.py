"""The server: the ASGI application and the socket under it."""

from mock_providers.server.app import MockApp, build_app
from mock_providers.server.listen import Listener, bind, listen
from mock_providers.server.mock import MockServer
from mock_providers.server.settings import Settings

__all__ = ["Listener", "MockApp", "MockServer", "Settings", "bind", "build_app", "listen"]
