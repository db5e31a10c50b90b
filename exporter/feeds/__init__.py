"""Warehouse feeds: one file a destination."""
