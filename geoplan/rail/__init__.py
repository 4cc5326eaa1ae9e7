"""Tracks and times: trains, running times, timetables, capacity and slots."""
