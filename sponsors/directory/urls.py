from django.urls import path

from sponsors.directory import views

urlpatterns = [
    path("<slug:slug>/logo/", views.logo, name="sponsor_logo"),
    path("<slug:slug>/logo-on-dark/", views.logo, {"on_dark": True}, name="sponsor_logo_on_dark"),
]
