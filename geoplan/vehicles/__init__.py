"""What moves: loads, vehicles and the limits they must respect."""
