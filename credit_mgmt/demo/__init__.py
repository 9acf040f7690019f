"""A synthetic portfolio of two years: plausible, deterministic, and marked 示例 / Sample throughout.

`habits` says how customers behave, `names` what they are called, the other modules make one kind of
row each, and `portfolio` puts them together. The same seed, size and date give the same rows.
"""
