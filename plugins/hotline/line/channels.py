"""The ways to people, from Airflow's connections."""

from collections.abc import Mapping

from hotline.alerts.email import EmailChannel
from hotline.settings import Settings


def email_channel(settings: Settings) -> EmailChannel:
    """E-mail through the Airflow connection HOTLINE_SMTP_CONNECTION (extra: `tls` = starttls | ssl | none)."""
    from airflow.sdk import Connection

    connection = Connection.get(settings.smtp_connection)
    return EmailChannel(
        host=connection.host or "127.0.0.1",
        port=connection.port or 25,
        login=connection.login,
        password=connection.password,
    )


__all__ = ["Mapping", "email_channel"]
