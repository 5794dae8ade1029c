"""opsgate's engine: an event log, one pure function that decides, one process that acts."""

__version__ = "0.1.0"
