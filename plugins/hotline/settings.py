"""Where things are: everything that differs between installations, from the environment (`HOTLINE_*`)."""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_home() -> Path:
    """Where state is kept: /var/lib/hotline for root (whose home no other user may enter), else XDG's data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/hotline")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "hotline"


class Settings(BaseSettings):
    """One installation. Secrets come from here or from Airflow connections, never from files under desks/."""

    model_config = SettingsConfigDict(env_prefix="HOTLINE_", extra="ignore")

    home: Path = Field(default_factory=default_home, description="State of the local stack.")
    desks: Path = Field(default=Path("desks"), description="The folder whose folders are desks.")
    captures: str = Field(default="", description="Capture store: a folder or an fsspec URL. Empty: HOME/captures.")
    elasticsearch_port: int = Field(default=9200, description="Port of the local stack's own Elasticsearch.")
    elasticsearch_url: str = Field(
        default_factory=lambda known: f"http://127.0.0.1:{known['elasticsearch_port']}",
        description="The Elasticsearch in use. Where it is set, the local stack runs none of its own.",
    )
    elasticsearch_api_key: SecretStr | None = Field(default=None, description="API key for it, where it wants one.")
    index_prefix: str = Field(default="hotline", description="First part of every index's name.")
    smtp_connection: str = Field(default="hotline_smtp", description="Airflow connection for e-mail.")
    mail_from: str = Field(default="Hotline <hotline@localhost>", description="Sender of alerts.")
    kibana_url: str = Field(default="", description="Base address of Kibana. Empty: messages carry no Kibana links.")
    public_url: str = Field(
        default="", description="Where readers reach the answer pages. Empty: messages carry no links to answer by."
    )
    link_secret: SecretStr | None = Field(
        default=None, description="Signs those links. Else Airflow's own [api] secret_key, from its environment."
    )
    contact: str = Field(default="", description="Address or page for webmasters; part of the User-Agent.")
    airflow_db: SecretStr | None = Field(default=None, description="Airflow's database, for its daily clean-up.")
    lease_seconds: int = Field(default=180, ge=5, description="How long a batch is kept for a worker that is silent.")
    elasticsearch_heap: str = Field(default="1g", description="Java heap of the local Elasticsearch.")
    airflow_port: int = Field(default=8080, description="Port of the local stack's Airflow.")
    smtp_port: int = Field(default=1025, description="Port of the local mailbox's SMTP server.")
    mailbox_port: int = Field(default=8025, description="Port of the local mailbox's page.")
    newsroom_port: int = Field(default=8088, description="Port of the demo's newsroom.")
    poll_seconds: int = Field(default=60, ge=5, description="How often poll_feeds runs, in seconds.")

    @property
    def capture_store(self) -> str:
        """The capture store's folder or URL."""
        return self.captures or str(self.home / "captures")


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
