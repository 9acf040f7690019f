"""One process of the race of R1: `python -m tests.promises.race_worker SEED SECONDS`."""

import json
import os
import sys


def main() -> None:
    """Race over the accounts of the test database that RACE_DATABASE names; print the counts."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["RACE_DATABASE"]
    django.setup()
    from credit_control.models import CreditAccount
    from tests.promises import test_r1_limit_race as race
    from users.models import User

    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    accounts = list(CreditAccount.objects.select_related("customer", "company").order_by("pk"))
    counts: dict[str, int] = {}
    manager = User.objects.get(username="manager")
    race.act(accounts, manager, seed, seconds, race.reserve_by_service, counts)
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main()
