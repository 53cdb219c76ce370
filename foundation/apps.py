from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "Foundation"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from foundation.imports import selectors  # noqa: F401  # names the imports that others wait for
        from foundation.people.roles import grant_role_permissions

        # Permission rows exist only after Django's own post_migrate step, so roles follow it.
        post_migrate.connect(grant_role_permissions, dispatch_uid="bursar-roles")
