"""Start page and account pages of our own; allauth's are under /accounts/."""

from django.urls import path

from foundation.people import views

urlpatterns = [
    path("", views.home, name="home"),
    path("account/invitation/", views.accept, name="accept_invitation"),
    path("account/invitation/<str:token>/", views.invitation_link, name="invitation_link"),
]
