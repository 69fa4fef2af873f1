"""Connections with a deadline for everything: a timeout of the socket alone starts anew with every byte.

The deadline of the request at hand is a context variable; every connect, read and write gets what is left of it.
"""

import socket
import ssl
import time
from collections.abc import Buffer, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers

from hotline.feeds.address import resolve
from hotline.feeds.proxy import Proxy

_DEADLINE: ContextVar[float] = ContextVar("_DEADLINE")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything in the block is over within `seconds`, or raises TimeoutError."""
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def remaining() -> float:
    """Seconds left. Raises: TimeoutError."""
    left = _DEADLINE.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time left")
    return left


class _PlainSocket(socket.socket):
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self.settimeout(remaining())
        super().sendall(data, flags)


class _TlsSocket(ssl.SSLSocket):
    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.settimeout(remaining())
        super().sendall(data, flags)


def tls_context() -> ssl.SSLContext:
    """Verification with the system's certificates (SSL_CERT_FILE and SSL_CERT_DIR are honoured by OpenSSL)."""
    context = ssl.create_default_context()
    context.sslsocket_class = _TlsSocket
    return context


def _connect(host: str, port: int, allow_private: bool) -> socket.socket:
    """A connection to the first address that answers; only addresses that have been checked are tried."""
    last: OSError | None = None
    for family, address in resolve(host, port, allow_private=allow_private, timeout_s=remaining()):
        sock = _PlainSocket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(remaining())
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last or OSError(f"{host} has no address")


class _Http(HTTPConnection):
    allow_private = False

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, self.allow_private)


class _Https(HTTPSConnection):
    allow_private = False

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, self.allow_private)


class _HttpPrivate(_Http):
    allow_private = True


class _HttpsPrivate(_Https):
    allow_private = True


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _HttpPoolPrivate(HTTPConnectionPool):
    ConnectionCls = _HttpPrivate


class _HttpsPoolPrivate(HTTPSConnectionPool):
    ConnectionCls = _HttpsPrivate


def pool_manager(*, allow_private: bool, per_host: int) -> PoolManager:
    """urllib3's pools over connections that check addresses and keep the deadline."""
    manager = PoolManager(num_pools=64, maxsize=per_host, block=False, retries=False, ssl_context=tls_context())
    manager.pool_classes_by_scheme = (
        {"http": _HttpPoolPrivate, "https": _HttpsPoolPrivate}
        if allow_private
        else {"http": _HttpPool, "https": _HttpsPool}
    )
    return manager


def proxy_manager(proxy: Proxy, *, per_host: int) -> ProxyManager:
    """The same through a proxy, whose address is the operator's word and not checked; its targets must be, before."""
    login = make_headers(proxy_basic_auth=f"{proxy.login}:{proxy.password or ''}") if proxy.login else None
    manager = ProxyManager(
        proxy.url,
        num_pools=64,
        proxy_headers=login,
        maxsize=per_host,
        block=False,
        retries=False,
        ssl_context=tls_context(),
    )
    manager.pool_classes_by_scheme = {"http": _HttpPoolPrivate, "https": _HttpsPoolPrivate}
    return manager
