from django.apps import AppConfig


class SponsorsConfig(AppConfig):
    name = "sponsors"
    verbose_name = "Sponsors"

    def ready(self) -> None:
        from foundation.imports.kinds import register
        from sponsors.commitments.imports import COMMITMENTS, RECEIPTS, SCHEDULES
        from sponsors.directory.imports import SPONSORS

        for kind in (SPONSORS, COMMITMENTS, SCHEDULES, RECEIPTS):
            register(kind)
