"""Process families and walk-through steps whose rules are still to come, by name."""

PENDING_PROCESS: frozenset[str] = frozenset(
    {
        "E1_late_interest",
        "F1_provision_matrix",
        "F2_vintage_loss_rate",
        "F3_roll_rate",
        "F4_roll_rate_estimation",
        "F5_specific_and_matrix",
        "F6_allowance_rollforward",
        "H1_insurance_claim",
        "H2_recovery_split",
        "H3_insurance_deadlines",
        "I1_factoring",
        "I2_recourse_buyback",
        "I3_nonrecourse_pua",
        "I4_factoring_eligibility",
        "J1_deposit_20pct",
        "J2_guarantee_period",
        "J3_limitation",
        "J4_coverage_value",
        "J5_instalment_acceleration",
        "J6_retention_of_title",
        "N1_legal_order_of_application",
        "N2_set_off",
        "S1_joint_guarantee_group",
        "S2_assistance_pool",
        "U1_sales_performance",
        "U2_purchaser_performance",
        "U3_elimination_flag",
        "V1_mt940_line",
        "V2_camt053_entry",
        "V3_statement_balance_check",
        "V4_import_idempotency",
        "W1_acceptance_bills",
        "W2_bill_exposure",
        "X1_statement_confirmation",
        "Y1_agency_commission",
        "Y2_litigation_decision",
    }
)

PENDING_STEPS: frozenset[int] = frozenset({3, 13, 14, 15})
"""Steps of Z2_walkthrough: deposit, late interest, limitation, provision."""
