"""The node that the local stack starts."""

import psutil
import pytest
from elasticsearch import Elasticsearch

pytestmark = pytest.mark.elasticsearch


def test_the_node_is_elasticsearch_9_and_stems_english_and_russian(elasticsearch_url: str, es_prefix: str) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        assert client.info()["version"]["number"].startswith("9.")
        text = {"title": {"type": "text", "analyzer": "russian"}, "body": {"type": "text", "analyzer": "english"}}
        client.indices.create(index=f"{es_prefix}-words", mappings={"properties": text})
        client.index(
            index=f"{es_prefix}-words", document={"title": "Новые санкции", "body": "talks resumed"}, refresh=True
        )
        for query in ({"title": "санкций"}, {"body": "talk"}):
            assert client.search(index=f"{es_prefix}-words", query={"match": query})["hits"]["total"]["value"] == 1


def test_the_node_listens_on_loopback_only(elasticsearch_url: str) -> None:
    port = int(elasticsearch_url.rpartition(":")[2])
    addresses = {c.laddr.ip for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port}
    assert addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert addresses
