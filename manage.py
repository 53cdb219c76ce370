"""Command line entry point: `python manage.py <command>`."""

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config import postgres
    from config.environment import environment

    # Being asked to end is no reason to leave the private server running behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        # With no DATABASE_URL this process keeps the private server alive for as long as it runs.
        with postgres.serving(environment.database_url, environment.data_dir):
            execute_from_command_line(sys.argv)
    except postgres.EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
