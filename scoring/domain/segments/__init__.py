"""Core and ordinary customers, and what each is worth."""
