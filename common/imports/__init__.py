"""Bringing files in: read, check every cell, report, and store all of it or nothing."""
