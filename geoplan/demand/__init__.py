"""Who wants to travel: zones, trips and growth."""
