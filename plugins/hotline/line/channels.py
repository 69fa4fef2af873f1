"""The ways to people, from Airflow's connections."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hotline.alerts.channel import Channel, Letter, Unavailable
from hotline.alerts.deliveries import EMAIL
from hotline.alerts.email import EmailChannel, Tls
from hotline.line.ways import MissingConnection, airflow_connection
from hotline.settings import Settings

WEBHOOKS = ("http", "https")  # types of connections that are webhooks; all others are apprise's


@contextmanager
def channels(settings: Settings, names: Iterable[str]) -> Iterator[Mapping[str, Channel]]:
    """E-mail and the channels of these names, open for one run.

    E-mail goes through the Airflow connection HOTLINE_SMTP_CONNECTION: host, port, login, password, and in its extra
    `tls`: none, starttls or ssl. Any other channel is the connection of that name: of type http, a webhook (`url` in
    its extra, the secret that signs as password); of any other type an address of apprise's form as password.
    """
    with _email(settings) as email:
        yield {EMAIL: email, **{name: _connected(name) for name in sorted({*names} - {EMAIL})}}


@dataclass
class Missing:
    """Stands for a connection that Airflow does not have: its deliveries wait until it does."""

    reason: str

    def send(self, letter: Letter) -> str:  # noqa: ARG002 - Channel's
        """Raises: Unavailable, always."""
        raise Unavailable(self.reason)


def _email(settings: Settings) -> EmailChannel:
    connection = airflow_connection(settings.smtp_connection)
    return EmailChannel(
        host=connection.host or "127.0.0.1",
        port=connection.port or 25,
        sender=settings.mail_from,
        login=connection.login or None,
        password=connection.password or None,
        tls=Tls(connection.extra_dejson.get("tls", Tls.NONE)),
    )


def _connected(name: str) -> Channel:
    try:
        connection = airflow_connection(name)
    except MissingConnection as error:
        return Missing(f"Airflow has no connection {name}: add it, or take it from the recipient's channels ({error})")
    return channel_of(name, connection.conn_type or "", connection.password or "", connection.extra_dejson)


def channel_of(name: str, kind: str, password: str, extra: Mapping[str, Any]) -> Channel:
    """The channel that an Airflow connection describes."""
    if kind.lower() in WEBHOOKS:
        from hotline.alerts.webhook import WebhookChannel

        if not extra.get("url") or not password:
            return Missing(f"connection {name}: a webhook has `url` in its extra and its secret as password")
        return WebhookChannel(name, str(extra["url"]), password.encode())
    from hotline.alerts.chat import AppriseChannel

    return AppriseChannel(name, password or str(extra.get("url", "")))
