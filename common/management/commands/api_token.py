"""`api_token USER`: make the token with which another system calls the API, and print it once."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rest_framework.authtoken.models import Token

from common.events import record_event


class Command(BaseCommand):
    help = "Make a new API token for a user and print it once; an earlier one stops working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="Login name")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        Token.objects.filter(user=user).delete()
        token = Token.objects.create(user=user)
        record_event("users.token.made", actor=None, subject=user)
        self.stdout.write(token.key)
