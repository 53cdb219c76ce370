from django.apps import AppConfig


class SponsorsConfig(AppConfig):
    name = "sponsors"
    verbose_name = "Sponsors"

    def ready(self) -> None:
        from foundation.imports.kinds import register
        from sponsors.directory.imports import SPONSORS

        register(SPONSORS)
