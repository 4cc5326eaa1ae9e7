"""From the answers of a study to what a report says, in both languages."""
