"""Sample workflows that ship with opsgate: data files for `opsgate demo`, and the callables they use."""
