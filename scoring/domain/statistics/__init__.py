"""Measures and methods of statistical scoring: bins, points, discrimination, calibration, drift."""
