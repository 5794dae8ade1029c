"""The pure part: states, facts, decisions. It reads no clock, no file, no random number."""
