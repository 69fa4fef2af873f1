"""Tests of the newsroom itself."""
