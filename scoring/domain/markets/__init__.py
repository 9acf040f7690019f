"""Groups of small buyers: scorecards of market and tenant, admission of the best, programmes."""
