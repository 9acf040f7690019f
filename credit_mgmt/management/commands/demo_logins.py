"""Make the demo's logins and print them with their password, which is random and printed only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from credit_mgmt.demo.people import LOGINS, find_password, give_passwords
from credit_mgmt.reference import seed_reference_data


class Command(BaseCommand):
    help = "Show the demo logins; with --create, make them and print their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--create", action="store_true", help="make the logins")

    def handle(self, *args: Any, create: bool, **options: Any) -> None:
        lines = [
            f"  {person.username:<10} {person.first} {person.last} ({person.name_zh}), {person.role}"
            for person in LOGINS
        ]
        if create:
            seed_reference_data()
            password = find_password()
            give_passwords(password)
            lines.insert(0, f"Demo logins, all with the password: {password}")
        else:
            lines.insert(0, "Demo logins (run with --create to set a password):")
        self.stdout.write("\n".join(lines))
