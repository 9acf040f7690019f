"""Pages of credit: limits, requests, the inbox, order checks."""
