"""The real application in headless Chromium: every page, every theme, both languages, real input."""
