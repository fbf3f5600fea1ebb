"""The half year before the demo day, read backwards from what stands on it."""
