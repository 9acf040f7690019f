"""Addresses of this app."""

from django.urls import URLPattern, path

from scoring.views import (
    admissions,
    answers,
    financials,
    markets,
    models,
    overrides,
    ratings,
    segments,
    statement_entry,
    statement_files,
    statements,
    workbench,
)

urlpatterns: list[URLPattern] = [
    path("ratings/", ratings.rating_list, name="ratings"),
    path("ratings/queue/", ratings.rating_queue, name="rating_queue"),
    path("ratings/runs/", ratings.rating_runs, name="rating_runs"),
    path("ratings/runs/new/", ratings.rating_run_start, name="rating_run_start"),
    path("ratings/runs/<int:pk>/", ratings.rating_run, name="rating_run"),
    path("customers/segments/", segments.segment_list, name="segments"),
    path("customers/segments/freeze/", segments.segment_freeze, name="segment_freeze"),
    path("customers/<str:code>/segment/", segments.customer_segment, name="customer_segment"),
    path(
        "customers/<str:code>/segment/override/",
        segments.segment_override,
        name="segment_override",
    ),
    path("customers/<str:code>/answers/", answers.answers_page, name="customer_answers"),
    path("customers/<str:code>/rating/", workbench.rating_page, name="customer_rating"),
    path("customers/<str:code>/rating/pdf/", workbench.rating_pdf, name="rating_pdf"),
    path("customers/<str:code>/rating/preview/", workbench.rating_preview, name="rating_preview"),
    path("customers/<str:code>/rating/propose/", workbench.rating_propose, name="rating_propose"),
    path("customers/<str:code>/rating/store/", workbench.rating_store, name="rating_store"),
    path("customers/<str:code>/rating/answers/", answers.answers_save, name="answers_save"),
    path("customers/<str:code>/rating/confirm/", answers.answers_confirm, name="answers_confirm"),
    path("customers/<str:code>/rating/traits/", answers.traits_confirm, name="traits_confirm"),
    path("customers/<str:code>/rating/overrides/", overrides.override_ask, name="override_ask"),
    path(
        "customers/<str:code>/rating/overrides/<int:pk>/",
        overrides.override_decide,
        name="override_decide",
    ),
    path("customers/<str:code>/statements/", statements.statement_page, name="customer_statements"),
    path(
        "customers/<str:code>/financials/", financials.financials_page, name="customer_financials"
    ),
    path(
        "customers/<str:code>/statements/<int:pk>/versions/",
        statements.statement_versions,
        name="statement_versions",
    ),
    path(
        "statements/template/<str:form>/",
        statement_files.statement_template,
        name="statement_template",
    ),
    path(
        "customers/<str:code>/statements/new/", statement_entry.statement_new, name="statement_new"
    ),
    path(
        "customers/<str:code>/statements/check/",
        statement_entry.statement_check,
        name="statement_check",
    ),
    path(
        "customers/<str:code>/statements/paste/",
        statement_entry.statement_paste,
        name="statement_paste",
    ),
    path(
        "customers/<str:code>/statements/<int:pk>/restate/",
        statement_entry.statement_restate,
        name="statement_restate",
    ),
    path(
        "customers/<str:code>/statements/<int:pk>/accept/",
        statements.statement_accept,
        name="statement_accept",
    ),
    path("models/", models.model_list, name="models"),
    path("models/new/", models.model_new, name="model_new"),
    path("models/<int:number>/", models.model_version, name="model_version"),
    path("models/<int:number>/edit/", models.model_edit, name="model_edit"),
    path("models/<int:number>/impact/", models.model_impact, name="model_impact"),
    path("models/<int:number>/release/", models.model_release, name="model_release"),
    path("models/<int:number>/withdraw/", models.model_withdraw, name="model_withdraw"),
    path("markets/", markets.market_list, name="markets"),
    path("markets/new/", markets.market_new, name="market_new"),
    path("markets/tenants.csv", markets.tenant_template, name="tenant_template"),
    path("markets/<str:code>/", markets.market_page, name="market"),
    path("markets/<str:code>/edit/", markets.market_edit, name="market_edit"),
    path("markets/<str:code>/survey/", markets.survey_save, name="market_survey"),
    path(
        "markets/<str:code>/survey/preview/", markets.survey_preview, name="market_survey_preview"
    ),
    path("markets/<str:code>/admissions/new/", markets.admission_new, name="market_admission_new"),
    path(
        "markets/<str:code>/admissions/<int:pk>/",
        admissions.admission_page,
        name="market_admission",
    ),
]
