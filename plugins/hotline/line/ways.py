"""How the requests of some feeds go out: through a proxy, with headers and a cookie of their own.

Secrets stand in Airflow connections, which the desk's files name. They are read once a task, in its main thread.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from hotline.feeds.proxy import Proxy
from schemas.feed import FeedSource


class MissingConnection(LookupError):
    """A desk's file names an Airflow connection that does not exist or lacks what is needed."""


class Connection(Protocol):
    """What is used of an Airflow connection."""

    conn_type: str
    host: str | None
    port: int | None
    login: str | None
    password: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """Its extra, read as JSON."""
        ...


@dataclass(frozen=True)
class Way:
    """How the requests of a feed go out."""

    hosts: tuple[str, ...] = ()  # of the feed and its site: only they and their subdomains get the headers
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: Proxy | None = None
    problem: str | None = None  # why it cannot go out at all

    def headers_for(self, url: str) -> Mapping[str, str]:
        """The feed's headers, where the URL belongs to it: its entries may link anywhere."""
        host = (urlsplit(url).hostname or "").lower()
        is_its_own = any(host == own or host.endswith(f".{own}") for own in self.hosts)
        return self.headers if is_its_own else {}


DIRECT = Way()


def ways(sources: Iterable[FeedSource], connection: Callable[[str], Connection]) -> dict[str, Way]:
    """The ways of the feeds that have one of their own, by id. A connection that is missing stops its feed alone."""
    found = {}
    for source in sources:
        if not (source.proxy or source.headers or source.cookie):
            continue
        try:
            found[source.id] = Way(_hosts(source), _headers(source, connection), _proxy(source, connection))
        except MissingConnection as error:
            found[source.id] = Way(problem=str(error))
    return found


def airflow_connection(id_: str) -> Connection:
    """An Airflow connection by its name. Raises: MissingConnection."""
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowException, AirflowRuntimeError

    try:
        return AirflowConnection.get(id_)  # type: ignore[no-any-return]
    except (AirflowException, AirflowRuntimeError) as error:
        raise MissingConnection(f"there is no Airflow connection {id_}") from error


def _hosts(source: FeedSource) -> tuple[str, ...]:
    hosts = [urlsplit(url).hostname or "" for url in (source.url, source.site_url) if url]
    return tuple(dict.fromkeys(host.lower().removeprefix("www.") for host in hosts if host))


def _headers(source: FeedSource, connection: Callable[[str], Connection]) -> dict[str, str]:
    headers = dict(source.headers)
    if source.cookie:
        cookie = connection(source.cookie).password
        if not cookie:
            raise MissingConnection(
                f"the Airflow connection {source.cookie} has no password, which would be the cookie"
            )
        headers["Cookie"] = cookie
    return headers


def _proxy(source: FeedSource, connection: Callable[[str], Connection]) -> Proxy | None:
    if source.proxy is None:
        return None
    if source.proxy.startswith("http://"):
        return Proxy(source.proxy)
    known = connection(source.proxy)
    if not known.host:
        raise MissingConnection(f"the Airflow connection {source.proxy} has no host, which would be the proxy's")
    return Proxy(f"http://{known.host}:{known.port or 3128}", known.login or None, known.password or None)
