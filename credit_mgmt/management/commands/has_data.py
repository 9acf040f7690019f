"""Tell by the exit status whether the database holds customers: 0 yes, 3 none."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from customers.models import Customer

NO_DATA = 3


class Command(BaseCommand):
    help = "Exit with 0 when there are customers, with 3 when there are none."

    def handle(self, *args: Any, **options: Any) -> None:
        if not Customer.objects.exists():
            sys.exit(NO_DATA)
