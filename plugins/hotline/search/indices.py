"""Which index holds what, and the templates that say so to Elasticsearch."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from elasticsearch import Elasticsearch
from pydantic import BaseModel

from hotline.search.mappings import ANALYSIS, mapping_of
from schemas.alert import Alert, Delivery, Said, Thread
from schemas.article import Article, Revision
from schemas.capture import Batch
from schemas.feed import Feed
from schemas.item import Item
from schemas.key import Key
from schemas.story import Story


class Kind(StrEnum):
    """What is kept. The value is the index's name behind the prefix."""

    FEEDS = "feeds"
    BATCHES = "batches"
    KEYS = "keys"
    UNMATCHED = "unmatched"
    ITEMS = "items"
    ARTICLES = "articles"
    REVISIONS = "revisions"
    STORIES = "stories"
    ALERTS = "alerts"
    DELIVERIES = "deliveries"
    THREADS = "threads"
    SAID = "said"


SINGLE: dict[Kind, type[BaseModel]] = {
    Kind.FEEDS: Feed,
    Kind.BATCHES: Batch,
    Kind.KEYS: Key,
    Kind.UNMATCHED: Article,
    Kind.SAID: Said,
}
MONTHLY: dict[Kind, type[BaseModel]] = {
    Kind.ITEMS: Item,
    Kind.ARTICLES: Article,
    Kind.REVISIONS: Revision,
    Kind.STORIES: Story,
    Kind.ALERTS: Alert,
    Kind.DELIVERIES: Delivery,
    Kind.THREADS: Thread,
}
MODELS = SINGLE | MONTHLY
_FINGERPRINT = "fingerprint"


def month_of(instant: datetime) -> str:
    """The month that names an index: `2026.11`."""
    return f"{instant:%Y.%m}"


@dataclass(frozen=True)
class Indices:
    """Names of indices and aliases under one prefix."""

    prefix: str = "hotline"

    def name(self, kind: Kind) -> str:
        """The name to search: an index, or the alias over a kind's months."""
        return f"{self.prefix}-{kind.value}"

    def index_for(self, kind: Kind, month: str | None = None) -> str:
        """The index to write to; `month` (`2026.11`) is needed for the kinds kept by month, ignored for others."""
        if kind in SINGLE:
            return self.name(kind)
        if month is None:
            raise ValueError(f"{kind.value} are kept by month: say which")
        return f"{self.name(kind)}-{month}"

    def templates(self) -> dict[str, dict[str, Any]]:
        """An index template a kind, derived from the contracts."""
        return {self.name(kind): self._template(kind, model) for kind, model in MODELS.items()}

    @property
    def fingerprint(self) -> str:
        """Changes whenever a template does: what an index was installed with."""
        return hashlib.sha256(json.dumps(self.templates(), sort_keys=True).encode()).hexdigest()[:16]

    def _template(self, kind: Kind, model: type[BaseModel]) -> dict[str, Any]:
        monthly = kind in MONTHLY
        index: dict[str, Any] = {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "mapping.total_fields.limit": 2000,
        }
        if kind is Kind.UNMATCHED:
            index["refresh_interval"] = -1  # only raise_alerts makes it searchable, so that it sees a settled whole
        if kind in (Kind.ARTICLES, Kind.STORIES):
            # Placing looks up dozens of terms in every segment, for every article: a third as many as by default.
            index["merge.policy"] = {"segments_per_tier": 3, "max_merge_at_once": 3, "floor_segment": "16mb"}
        template: dict[str, Any] = {
            "settings": {"index": index, "analysis": ANALYSIS},
            "mappings": mapping_of(model) | {"_meta": {"contract": f"{model.__module__}.{model.__qualname__}"}},
        }
        if monthly:
            template["aliases"] = {self.name(kind): {}}
        # Above Elasticsearch's own templates (priority 100) and any catch-all of the operator's.
        return {
            "index_patterns": [f"{self.name(kind)}-*" if monthly else self.name(kind)],
            "priority": 500,
            "template": template,
        }


def install(client: Elasticsearch, indices: Indices, now: datetime) -> None:
    """Puts the templates, creates what is missing (this month's too, so that every alias exists) and adds new fields.

    Raises: elasticsearch.BadRequestError where a contract changed the type of a field that already exists.
    """
    templates = indices.templates()
    for kind in MODELS:
        name, template = indices.name(kind), templates[indices.name(kind)]
        client.indices.put_index_template(name=name, **template)
        index = indices.index_for(kind, month_of(now))
        if not client.indices.exists(index=index):
            client.options(ignore_status=400).indices.create(index=index)  # 400: another worker was first
        client.indices.put_mapping(index=name, **_additive(template["template"]["mappings"]))
    # Last of all, so that an installation that was cut short is done again.
    client.indices.put_index_template(name=name, **template, meta={_FINGERPRINT: indices.fingerprint})


def is_installed(client: Elasticsearch, indices: Indices) -> bool:
    """Whether what is installed is what this version's contracts say: after an upgrade it is not."""
    last = indices.name(list(MODELS)[-1])
    found = client.options(ignore_status=404).indices.get_index_template(name=last)
    metas = [one["index_template"].get("_meta", {}) for one in found.body.get("index_templates", [])]
    return [meta.get(_FINGERPRINT) for meta in metas] == [indices.fingerprint]


def _additive(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key in ("properties", "dynamic_templates")}
