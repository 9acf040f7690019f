"""The register of models: what each may be used for, and where its limits are."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

PERMITTED: Mapping[str, tuple[Text, str]] = {
    "score": (_("Counts in the score"), "good"),
    "limit": (_("Counts in the limit"), "info"),
    "second": (_("Second opinion only"), "grey"),
}
LIMITATIONS: Mapping[str, Text] = {
    "altman_z_1968": _(
        "Estimated on 66 listed US manufacturers of 1946–1965; not for banks, not for groups"
        " without a market value."
    ),
    "altman_z_prime": _("Book equity replaces the market's view; asset turnover favours traders."),
    "altman_z_double_prime": _("Leaves turnover out; not meant for banks, insurers and funds."),
    "altman_em": _("Nearly every firm reads as safe: never compare it with the bands of Z″."),
    "ohlson_o": _("Needs two years, dollars and a price level; the base rate is that of 1970–76."),
    "zmijewski": _("Three overlapping ratios of one year; reacts hard to leverage."),
    "taffler_1983": _("UK manufacturers and builders of 1969–76; some weights are not published."),
    "springate": _("Forty Canadian firms; false alarms are frequent."),
    "fulmer_h": _("Sixty small US firms; two coefficients are disputed."),
    "piotroski_f": _("Tells direction, not level: a weak firm that improves scores high."),
    "bathory": _("The original cannot be found any more; bands are those of the house."),
    "working_assets": _("Reads one balance sheet; blind to profit and to payment."),
    "characteristic_analysis": _("Rated by people; weights express a policy, not a measurement."),
    "credit_risk_index": _("Only as good as its benchmarks: use those of the industry."),
    "five_c": _("Judgement; needs evidence for 4 and 5, and fades after twelve months."),
    "wall_traditional": _("Weights and standards are conventions of 1928."),
    "wall_modern": _("Standards of one textbook; growth on a loss is not measured."),
    "payment_behaviour": _("Knows only how we are paid; few payments are drawn to the prior."),
}
