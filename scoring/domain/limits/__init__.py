"""From opinions to an amount: what a customer needs, can carry, and what we dare."""
