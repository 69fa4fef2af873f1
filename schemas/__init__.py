"""The contracts: what crosses a border between the rooms, the index and the outside world."""
