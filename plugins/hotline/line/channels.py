"""The ways to people, from Airflow's connections."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hotline.alerts.channel import Channel
from hotline.alerts.email import EmailChannel, Tls
from hotline.settings import Settings


@contextmanager
def channels(settings: Settings) -> Iterator[Mapping[str, Channel]]:
    """The channels by name, open for one run.

    E-mail goes through the Airflow connection HOTLINE_SMTP_CONNECTION: host, port, login, password, and in its extra
    `tls`: none, starttls or ssl.
    """
    from airflow.sdk import Connection

    connection = Connection.get(settings.smtp_connection)
    with EmailChannel(
        host=connection.host or "127.0.0.1",
        port=connection.port or 25,
        sender=settings.mail_from,
        login=connection.login or None,
        password=connection.password or None,
        tls=Tls(connection.extra_dejson.get("tls", Tls.NONE)),
    ) as email:
        yield {"email": email}
