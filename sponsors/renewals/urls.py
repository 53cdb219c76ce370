"""A person's calendars, and the address that their calendar programs read."""

from django.urls import path

from sponsors.renewals import views

urlpatterns = [
    path("account/calendars/", views.calendar_list, name="account_calendars"),
    path("account/calendars/new/", views.calendar_create, name="account_calendar_create"),
    path("account/calendars/<int:pk>/revoke/", views.calendar_revoke, name="account_calendar_revoke"),
    path("calendar/<str:secret>.ics", views.calendar_feed, name="calendar_feed"),
]
