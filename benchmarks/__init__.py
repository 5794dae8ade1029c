"""Speed and bytes, measured: each module prints JSON lines with a ratio and its limit."""
