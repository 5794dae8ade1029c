"""The console: a Textual client of the engine. It can vanish at any time without a run noticing."""
