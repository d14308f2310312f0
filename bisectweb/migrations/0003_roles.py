from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

WHY_PARENT = "the culprit's parent: does it build the same kernel?"


def tell_parents(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was built for its signature only was known by the words on the page until now."""
    revisions = apps.get_model("bisectweb", "Revision").objects
    revisions.filter(why=WHY_PARENT, runs_wanted=0).update(role="parent")


def keep_one_of_each_commit(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A commit was tested in one role only; the search's own revision is the one to keep."""
    revisions = apps.get_model("bisectweb", "Revision").objects
    revisions.exclude(role__in=["search", "parent"]).delete()
    for parent in revisions.filter(role="parent"):
        if revisions.filter(bisection=parent.bisection, sha=parent.sha, role="search").exists():
            parent.delete()
    # PostgreSQL alters no table that has checks of its rows to come.
    schema_editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0002_bayes"),
    ]

    operations = [
        migrations.AddField(
            model_name="bisection",
            name="config",
            field=models.TextField(blank=True, default="", editable=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="revision",
            name="config",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="revision",
            name="role",
            field=models.CharField(
                choices=[
                    ("search", "Search"),
                    ("parent", "the culprit's parent, outside the range"),
                    ("revert", "the culprit reverted"),
                    ("config", "another kernel config"),
                ],
                default="search",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="revision",
            name="variant",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.RemoveConstraint(
            model_name="revision",
            name="one_revision_per_commit",
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.UniqueConstraint(
                fields=("bisection", "sha", "role", "variant"), name="one_revision_per_role"
            ),
        ),
        migrations.RunPython(tell_parents, keep_one_of_each_commit),
    ]
