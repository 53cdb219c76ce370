from types import ModuleType

from django.apps import AppConfig

from foundation.audit.triggers import list_triggers


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "Foundation"

    def __init__(self, app_name: str, app_module: ModuleType | None) -> None:
        super().__init__(app_name, app_module)
        list_triggers()  # before any app's models are loaded

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from foundation.imports import selectors  # noqa: F401  # names the imports that others wait for
        from foundation.people.roles import grant_role_permissions

        # Permission rows exist only after Django's own post_migrate step, so roles follow it.
        post_migrate.connect(grant_role_permissions, dispatch_uid="bursar-roles")
