"""Financial statements: their lines, what is derived from them, whether they tie out."""
