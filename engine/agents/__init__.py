"""Agent adapters: they translate what an agent does into events; the engine decides."""
