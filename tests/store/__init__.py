"""The record: what is stored is what happened, and it survives what can happen to it."""
