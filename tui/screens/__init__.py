"""One file a screen; a screen arranges widgets and holds no decision about a run."""
