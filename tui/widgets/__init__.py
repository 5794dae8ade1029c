"""Widgets take plain records, emit messages, and know no engine."""
