"""Signing in and out, and one's own settings; nothing else of allauth is open yet."""

from allauth.account import views as account_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from users import views

urlpatterns = [
    path("login/", login_not_required(account_views.login), name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    path("me/", views.preferences, name="preferences"),
]
