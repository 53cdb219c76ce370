"""The pages of gifts in kind in the admin site."""

from sponsors.inkind.admin import energy

__all__ = ["energy"]
