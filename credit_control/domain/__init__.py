"""Pure rules of the credit decision: exposure, limits, order check, routes. No Django, no clock."""
