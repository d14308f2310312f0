from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEARCHED = ("words", "commits")


def index(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What is searched with `contains`; SQLite has no such index, and reads a thousand rows quickly."""
    if editor.connection.vendor == "postgresql":
        editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for name in SEARCHED:
            editor.execute(
                f"CREATE INDEX bug_{name} ON bisectweb_bug USING gin ({name} gin_trgm_ops)"
            )


def unindex(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name in SEARCHED:
            editor.execute(f"DROP INDEX bug_{name}")


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0027_api_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subsystem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=700, unique=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="bug",
            name="active",
            field=models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="last activity"
            ),
        ),
        migrations.AddField(
            model_name="bug",
            name="bisected",
            field=models.CharField(
                choices=[
                    ("none", "not bisected"),
                    ("running", "running"),
                    ("found", "culprit found"),
                    ("inconclusive", "Inconclusive"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="none",
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="bug",
            name="commits",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="bug",
            name="confidence",
            field=models.FloatField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="bug",
            name="crash_count",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="bug",
            name="has_reproducer",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="bug",
            name="judged",
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name="bug",
            name="latest",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="bisectweb.bisection",
            ),
        ),
        migrations.AddField(
            model_name="bug",
            name="words",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="bug",
            name="in_subsystems",
            field=models.ManyToManyField(
                editable=False, related_name="bugs", to="bisectweb.subsystem"
            ),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["active", "id"], name="bug_active"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["created", "id"], name="bug_created"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["title", "id"], name="bug_title"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["confidence", "id"], name="bug_confidence"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["crash_count", "id"], name="bug_crash_count"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["state", "active", "id"], name="bug_state"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["bisected", "active", "id"], name="bug_bisected"),
        ),
        migrations.AddIndex(
            model_name="bug",
            index=models.Index(fields=["tree", "active", "id"], name="bug_tree"),
        ),
        migrations.RunPython(index, unindex),
    ]
