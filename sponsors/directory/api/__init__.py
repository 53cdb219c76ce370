"""The directory over the API."""

from sponsors.directory.api.contacts import ContactViewSet
from sponsors.directory.api.interactions import InteractionViewSet
from sponsors.directory.api.sponsors import SponsorViewSet

__all__ = ["ContactViewSet", "InteractionViewSet", "SponsorViewSet"]
