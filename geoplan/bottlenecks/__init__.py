"""Where it hurts."""
