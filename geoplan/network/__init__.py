"""What there is: nodes, edges, structures and turns as tables."""
