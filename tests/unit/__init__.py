"""Unit tests, by layer."""
