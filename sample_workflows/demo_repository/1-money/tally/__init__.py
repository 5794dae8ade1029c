"""Invoices, counted in whole cents."""

__version__ = "0.3.0"
