"""SQLite: one writer, the event log, projections, and read-only views. The only room that knows SQL."""
