"""The pages of templates and documents in the admin site."""

from sponsors.agreements.admin import documents, templates

__all__ = ["documents", "templates"]
