"""Imports of sponsors are now one kind of the foundation's imports: what was imported goes with them.

Their rows stay behind: like the files of today's imports they are not kept for ever.
"""

from django.conf import settings
from django.db import migrations

STATES = {'checked': 'discarded', 'rejected': 'faulty', 'applied': 'applied', 'discarded': 'discarded'}


def carry_over(apps, schema_editor):
    runs = apps.get_model('foundation', 'ImportRun')
    progress = apps.get_model('foundation', 'ImportProgress')
    for old in apps.get_model('sponsors', 'SponsorImport').objects.order_by('pk').defer('rows'):
        run = runs.objects.create(
            kind='sponsors',
            file='',
            file_name=old.file_name,
            sha256=old.sha256,
            state=STATES[old.state],
            uploaded_by_id=old.uploaded_by_id,
            row_count=old.row_count,
            new_count=old.created_count,
            changed_count=old.updated_count,
            same_count=0 if old.problems else old.row_count - old.created_count - old.updated_count,
            fault_count=len(old.problems),
            faulty_count=len({problem['line'] for problem in old.problems}),
            applied_by_id=old.uploaded_by_id if old.state == 'applied' else None,
            applied_at=old.applied_at,
            created_at=old.created_at,
        )
        progress.objects.create(run=run)


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('foundation', '0009_keep_imports'),
        ('sponsors', '0003_keep_sums_beside_facts'),
    ]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='sponsorimportevent',
            name='pgh_obj',
        ),
        migrations.RemoveField(
            model_name='sponsorimportevent',
            name='uploaded_by',
        ),
        migrations.DeleteModel(
            name='SponsorImport',
        ),
        migrations.DeleteModel(
            name='SponsorImportEvent',
        ),
    ]
