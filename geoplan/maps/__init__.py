"""Show it: folium maps from tables."""
