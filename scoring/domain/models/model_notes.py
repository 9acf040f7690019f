"""What each model is called, what it is good for, and where it comes from: one line each.

English, as data: the sentences are the message ids that ``scoring.words.models`` shows translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelNote:
    """A model in three sentences.

    ``is_higher_better`` is false for the models whose value is a risk (N8).
    """

    name: str
    use: str
    source: str
    is_higher_better: bool = True


MODEL_NOTES: Mapping[str, ModelNote] = {
    "altman_z_1968": ModelNote(
        "Altman Z",
        "Listed manufacturers: distance from the bankruptcy profile within two years.",
        "Altman (1968); Altman (2000), Revisiting the Z-Score and ZETA Models.",
    ),
    "altman_z_prime": ModelNote(
        "Altman Z′",
        "Manufacturers without a listing; book equity takes the place of market value.",
        "Altman (1983); Altman (2000), Revisiting the Z-Score and ZETA Models.",
    ),
    "altman_z_double_prime": ModelNote(
        "Altman Z″",
        "Trade, services and mixed groups; fit to compare industries.",
        "Altman (1995); Altman (2000), Revisiting the Z-Score and ZETA Models.",
    ),
    "altman_em": ModelNote(
        "Altman EM",
        "Z″ shifted by 3.25 to read it like a bond rating; generous, for display only.",
        "Altman, Hartzell and Peck (1995), Emerging Markets Corporate Bonds.",
    ),
    "ohlson_o": ModelNote(
        "Ohlson O",
        "Probability of failure within about two years; higher is riskier.",
        "Ohlson (1980), Journal of Accounting Research 18.",
        is_higher_better=False,
    ),
    "zmijewski": ModelNote(
        "Zmijewski X",
        "Probability of distress from profit, debt and liquidity; higher is riskier.",
        "Zmijewski (1984), Journal of Accounting Research 22, unweighted probit.",
        is_higher_better=False,
    ),
    "taffler_1983": ModelNote(
        "Taffler z",
        "Listed industrials; below zero the profile is that of failed firms.",
        "Taffler (1983); Agarwal and Taffler (2007).",
    ),
    "springate": ModelNote(
        "Springate S",
        "A strict second opinion: it flags about a third of all firms. Information only.",
        "Springate (1978), Simon Fraser University.",
    ),
    "fulmer_h": ModelNote(
        "Fulmer H",
        "Small firms; sources disagree on two coefficients, so it is for display only.",
        "Fulmer and others (1984), Journal of Commercial Bank Lending.",
    ),
    "piotroski_f": ModelNote(
        "Piotroski F",
        "Nine signs of improvement on the year before; not a measure of level.",
        "Piotroski (2000), Journal of Accounting Research 38.",
    ),
    "bathory": ModelNote(
        "Bathory",
        "Five balance-sheet and cash-flow ratios for any industry; low or negative is bad.",
        "Attributed to Bathory (1984), Predicting Corporate Collapse; guards of the house.",
    ),
    "working_assets": ModelNote(
        "Working-assets analysis",
        "Turns a balance sheet into a first credit limit.",
        "Chinese credit-management handbooks; published percentage table.",
    ),
    "characteristic_analysis": ModelNote(
        "Characteristic analysis",
        "Eighteen traits, weighed by policy, that correct the working-assets limit.",
        "Chinese credit-management handbooks; weights are house defaults.",
    ),
    "credit_risk_index": ModelNote(
        "Credit risk index",
        "Ratios against the quartiles of the industry, 0 to 100; higher is riskier.",
        "House definition after Wall (1928) and the bureaus' RI classes.",
        is_higher_better=False,
    ),
    "five_c": ModelNote(
        "5C assessment",
        "Structured judgement where figures are missing, old or unreliable.",
        "Textbook standard; indicators, anchors and weights are house defaults.",
    ),
    "wall_traditional": ModelNote(
        "Wall score, traditional",
        "Seven ratios against standards; 100 is the standard firm.",
        "Wall (1928); textbook weights and standards.",
    ),
    "wall_modern": ModelNote(
        "Wall score, modern",
        "Ten items of profit, solvency and growth, 50 to 150 points in all.",
        "Chinese accounting textbooks; standards give way to the industry's own.",
    ),
    "payment_behaviour": ModelNote(
        "Payment behaviour",
        "How the customer has paid us in the last year, from our own ledger.",
        "D&B PAYDEX key; weights are house defaults.",
    ),
}
