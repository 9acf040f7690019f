"""How a customer pays: pieces of our own ledger, their score, and when the next payment comes."""
