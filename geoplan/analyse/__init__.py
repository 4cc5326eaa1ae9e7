"""From a study to its results, scenario by scenario."""
