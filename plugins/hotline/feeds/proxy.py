"""A proxy that a feed's requests go through, because its desk says so."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy (https targets by CONNECT, RFC 9110, 9.3.6)."""

    url: str  # http://host:port, without a login
    login: str | None = None
    password: str | None = field(default=None, repr=False)
