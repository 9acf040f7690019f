"""Pure scoring rules: formulas, tables and decisions, without Django, clock or database.

Money and everything built from money by plain arithmetic is ``Decimal`` (Altman, working assets,
five C, composite, limits). Curves that need ``ln``, ``exp`` or the normal distribution (Ohlson,
Zmijewski, Fulmer, the risk index) compute in ``float`` and hand back a ``Decimal``. The bulk twins
in ``vectorised`` compute in ``float64``; they agree with the scalar rules to 1e-9 and give the same
status and grade, which ``tests/scoring/domain/test_vectorised.py`` proves.

Paragraph numbers in the docstrings (0.6, W-1, CAP-04 …) are those of the scoring guide in ``docs``.
"""
