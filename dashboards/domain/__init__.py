"""Key figures of a portfolio as pure functions. Source: process specification F.1 and F.2."""
