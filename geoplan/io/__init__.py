"""The doors: every file format that comes in or goes out."""
