"""Hotline: news feeds in, alerts out."""
