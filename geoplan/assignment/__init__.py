"""All of them: flows in user equilibrium and their independent check."""
