"""The proof: tests mirror the source, journeys cross it."""
