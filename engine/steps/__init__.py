"""What touches the world: the supervisor, processes, warm python hosts."""
