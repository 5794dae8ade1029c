"""The core, transition by transition."""
