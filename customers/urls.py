"""Addresses of this app; the list and the customer's page are served by `dashboards`."""

from django.urls import URLPattern, path

from customers.views import (
    checks,
    documents,
    facts,
    investigations,
    parties,
    relations,
    signals,
    watch,
)

urlpatterns: list[URLPattern] = [
    path("customers/new/", parties.customer_create, name="customer_create"),
    path("customers/uscc-check/", parties.uscc_check, name="uscc_check"),
    path("customers/<str:code>/edit/", parties.customer_edit, name="customer_edit"),
    path("customers/<str:code>/contact-log/", parties.contact_log, name="contact_log"),
    path("customers/<str:code>/contacts/new/", parties.contact_create, name="contact_create"),
    path(
        "customers/<str:code>/contacts/<int:contact_id>/edit/",
        parties.contact_edit,
        name="contact_edit",
    ),
    path(
        "customers/<str:code>/contacts/<int:contact_id>/remove/",
        parties.contact_remove,
        name="contact_remove",
    ),
    path(
        "customers/<str:code>/bank-accounts/new/",
        parties.bank_account_create,
        name="bank_account_create",
    ),
    path(
        "customers/<str:code>/bank-accounts/<int:account_id>/verify/",
        parties.bank_account_verify,
        name="bank_account_verify",
    ),
    path("customers/<str:code>/documents/new/", documents.document_create, name="document_create"),
    path("customers/<str:code>/documents/<int:pk>/", documents.document_page, name="document"),
    path(
        "customers/<str:code>/documents/<int:pk>/step/",
        documents.document_step,
        name="document_step",
    ),
    path(
        "customers/<str:code>/documents/<int:pk>/file/",
        documents.document_file,
        name="document_file",
    ),
    path("customers/<str:code>/facts/new/", facts.fact_create, name="fact_create"),
    path("customers/<str:code>/facts/<int:pk>/verify/", facts.fact_verify, name="fact_verify"),
    path("customers/<str:code>/conflicts/<int:pk>/", facts.conflict_page, name="fact_conflict"),
    path(
        "customers/<str:code>/investigation/",
        investigations.investigation_page,
        name="investigation",
    ),
    path("signals/", signals.signal_list, name="signals"),
    path("signals/new/", signals.signal_new, name="signal_new"),
    path("signals/watch/", watch.watch_list, name="watch_list"),
    path("signals/watch/<str:code>/note/", watch.watch_note, name="watch_note"),
    path("signals/<int:pk>/", signals.signal_page, name="signal"),
    path("signals/<int:pk>/dialog/", signals.signal_dialog, name="signal_dialog"),
    path("signals/<int:pk>/assess/", signals.signal_assess, name="signal_assess"),
    path("signals/<int:pk>/act/", signals.signal_act, name="signal_act"),
    path("signals/<int:pk>/close/", signals.signal_close, name="signal_close"),
    path("customers/<str:code>/checks/", checks.customer_checks, name="customer_checks"),
    path("list-checks/<int:pk>/decide/", checks.candidate_decide, name="candidate_decide"),
    path(
        "customers/<str:code>/relations/", relations.customer_relations, name="customer_relations"
    ),
    path("relations/<int:pk>/end/", relations.relation_end, name="relation_end"),
    path("risk-groups/new/", relations.risk_group_new, name="risk_group_new"),
    path("risk-groups/<str:code>/members/", relations.risk_member_add, name="risk_member_add"),
    path(
        "risk-groups/<str:code>/members/<int:pk>/remove/",
        relations.risk_member_remove,
        name="risk_member_remove",
    ),
]
