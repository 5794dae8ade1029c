"""The workflow file: schema, strict loader, lint, compilation to what the core runs."""
