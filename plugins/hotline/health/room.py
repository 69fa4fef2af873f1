"""Whether there is room left where things are kept. Pure."""

from collections.abc import Mapping

from hotline.health.stop import Stop

GIB = 1 << 30
LEAST = 2 * GIB  # bytes; the local node takes no new index with less (docs/local.md)
ENOUGH = 3 * GIB  # bytes; so much is free again before it counts as over


def little_room(free: Mapping[str, int]) -> Stop | None:
    """The places with less than `LEAST` bytes free, by what is kept there."""
    low = {place: size for place, size in free.items() if size < LEAST}
    if not low:
        return None
    places = ", ".join(f"{size / GIB:.1f} GiB for {place}" for place, size in sorted(low.items()))
    text = (
        f"Left are {places}.\nWithout room nothing can be captured, and Elasticsearch takes no writes.\n"
        "Free some, or shorten `retention` in desk.yaml: the task `retention` of the DAG maintain then deletes what is"
        " older."
    )
    return Stop(f"Little disk is left for {' and '.join(sorted(low))}", text)


def has_room(free: Mapping[str, int]) -> bool:
    """Whether there is clearly room everywhere."""
    return all(size >= ENOUGH for size in free.values())
