"""From models to one grade: components, caps, overrides, policy, and what would change it."""
