"""Which addresses may be connected to: what a name resolves to is checked, then that very address is used."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable

type Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(OSError):
    """The host has no address that may be fetched."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet.

    Not public: private, loopback, link-local, shared (RFC 6598), multicast, unspecified and reserved addresses, and
    IPv6 addresses that carry such an IPv4 address (mapped, 6to4, Teredo, NAT64).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = _carried(ip)
        if carried is not None:
            return is_public(str(carried))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64 or int(ip) >> 32 == 0:  # the latter: IPv4-compatible, deprecated by RFC 4291
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int, *, allow_private: bool, timeout_s: float) -> list[Address]:
    """The addresses of a host that may be connected to, in the resolver's order.

    Raises: socket.gaierror, TimeoutError, ForbiddenAddress.
    """
    infos = _in_time(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout_s)
    found: list[Address] = [(family, address) for family, _, _, _, address in infos]  # type: ignore[misc]  # no AF_PACKET
    allowed = [one for one in found if allow_private or is_public(one[1][0])]
    if found and not allowed:
        raise ForbiddenAddress(f"{host} resolves to {found[0][1][0]}, which is not a public address")
    return allowed


def _in_time[T](call: Callable[[], T], timeout_s: float) -> T:
    """The result of a call that cannot be interrupted: getaddrinfo takes no timeout. It is left behind when late."""
    results: queue.SimpleQueue[tuple[T | None, OSError | UnicodeError | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            results.put((call(), None))
        except (OSError, UnicodeError) as error:
            results.put((None, error))

    threading.Thread(target=work, name="resolve", daemon=True).start()
    try:
        value, error = results.get(timeout=max(timeout_s, 0.001))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # no error: there is a value
