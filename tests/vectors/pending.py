"""The families still to come, by name: the one place that shrinks. Each is reported as skipped."""

from .pending_process import PENDING_PROCESS

PENDING_SCORING: frozenset[str] = frozenset(
    {
        "annual_review",
        "batch_admission",
        "characteristic_analysis",
        "characteristic_multiplier",
        "csi",
        "customer_value",
        "discrimination_calibration",
        "dso_family",
        "fulmer_h",
        "market_scorecard",
        "payment_behaviour",
        "payment_date_hazard",
        "pdo_scaling",
        "pdx_points",
        "piotroski_f",
        "platt_recalibration",
        "prior_shift",
        "programme_limit",
        "psi",
        "reason_codes",
        "scorecard_points",
        "segmentation",
        "springate",
        "taffler_1983",
        "tenant_scorecard",
        "woe_iv",
        "zmijewski",
    }
)

__all__ = ["PENDING_PROCESS", "PENDING_SCORING"]
