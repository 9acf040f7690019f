"""Pure rules about the customer: identity, size, segment, lifecycle. No Django, no clock."""
