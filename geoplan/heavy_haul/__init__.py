"""The big load: plans over road, rail and sea, and what to fix."""
