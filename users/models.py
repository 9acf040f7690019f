"""People who work with the product, their role and how much of the world they see."""

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import CodeField


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person with one role (so that excluding roles cannot meet) and one scope."""

    class Role(models.TextChoices):
        SALES = "SALES", _("Sales")
        ANALYST = "ANALYST", _("Credit analyst")
        CREDIT_MANAGER = "CREDIT_MANAGER", _("Credit manager")
        FINANCE = "FINANCE", _("Finance")
        COLLECTOR = "COLLECTOR", _("Collector")
        EXECUTIVE = "EXECUTIVE", _("Executive")
        AUDITOR = "AUDITOR", _("Auditor")
        ADMIN = "ADMIN", _("Administrator")

    class Scope(models.TextChoices):
        OWN = "OWN", _("Own customers")
        TEAM = "TEAM", _("Team's customers")
        REGION = "REGION", _("Region's customers")
        ALL = "ALL", _("All customers")

    class Unit(models.TextChoices):
        FULL = "FULL", _("Full amounts")
        K = "K", _("Thousands")
        WAN = "WAN", _("Ten thousands (万)")
        M = "M", _("Millions")
        YI = "YI", _("Hundred millions (亿)")

    role = CodeField(choices=Role.choices, default=Role.SALES)
    data_scope = CodeField(choices=Scope.choices, default=Scope.OWN)
    team = models.CharField(max_length=40, blank=True)
    region = models.CharField(max_length=40, blank=True)
    name_zh = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, blank=True)
    unit = CodeField(choices=Unit.choices, default=Unit.FULL)

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name in the active language, or the login name."""
        from django.utils.translation import get_language

        if self.name_zh and (get_language() or "").startswith("zh"):
            return self.name_zh
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """One or two letters for the round badge."""
        name = self.display_name
        if name and not name.isascii():
            return name[0]
        parts = name.split()
        return "".join(p[0] for p in parts[:2]).upper() or "?"
