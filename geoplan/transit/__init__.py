"""Public transport: lines with headways, timetables, what a journey takes, and who rides where."""
