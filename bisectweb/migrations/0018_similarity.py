from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def equal(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Until now a crash was the bug when its title was."""
    apps.get_model("bisectweb", "Run").objects.filter(outcome="crash").update(similarity=1)


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0017_recipients"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="alt_titles",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="run",
            name="similarity",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="type",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.RunPython(equal, migrations.RunPython.noop),
    ]
