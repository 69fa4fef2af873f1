"""Tests, and the newsroom that tests and the demo share."""
