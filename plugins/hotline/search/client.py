"""The one way to Elasticsearch."""

import logging
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch

from hotline.settings import Settings


def connect(settings: Settings) -> Elasticsearch:
    """A client for the configured Elasticsearch. It retries connection errors twice; nothing is sent yet."""
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)  # else a line for every request
    key = settings.elasticsearch_api_key
    return Elasticsearch(
        settings.elasticsearch_url,
        api_key=key.get_secret_value() if key else None,
        request_timeout=30,
        max_retries=2,
        retry_on_timeout=True,
    )


def address(settings: Settings) -> str:
    """Where the configured Elasticsearch is, for messages and logs: without the password that the URL may hold."""
    parts = urlsplit(settings.elasticsearch_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
