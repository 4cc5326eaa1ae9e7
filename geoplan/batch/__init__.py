"""Many independent jobs, on threads or on a cluster, kept as they finish."""
