"""The use of credit of a day, kept for the overview's history."""

from datetime import date

from django.db import transaction

from credit_control.selectors import list_limit_use
from dashboards.models import ExposureSnapshot


@transaction.atomic
def snapshot_exposure(*, as_of: date) -> int:
    """Store gross exposure and limit of every account; return how many rows are new.

    A day that is stored already stays as it was first seen.
    """
    before = ExposureSnapshot.objects.filter(as_of=as_of).count()
    ExposureSnapshot.objects.bulk_create(
        [
            ExposureSnapshot(
                as_of=as_of,
                company_id=use.account.company_id,
                customer_id=use.account.customer_id,
                currency=use.currency,
                gross=use.gross,
                limit_total=use.limit,
            )
            for use in list_limit_use(as_of=as_of)
        ],
        batch_size=5000,
        ignore_conflicts=True,
    )
    return ExposureSnapshot.objects.filter(as_of=as_of).count() - before
