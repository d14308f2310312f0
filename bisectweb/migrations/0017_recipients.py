from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MODELS = ("Culprit", "Message")
HEADERS = ("to", "cc")


def join(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What was a list of addresses for each header becomes one of people, without a reason."""
    for model in MODELS:
        for row in apps.get_model("bisectweb", model).objects.iterator():
            row.people = [
                {"address": address, "name": "", "header": header, "reason": ""}
                for header in HEADERS
                for address in getattr(row, header)
            ]
            row.save(update_fields=["people"])


def part(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for model in MODELS:
        for row in apps.get_model("bisectweb", model).objects.iterator():
            for header in HEADERS:
                addresses = [one["address"] for one in row.people if one["header"] == header]
                setattr(row, header, addresses)
            row.save(update_fields=HEADERS)


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0016_score"),
    ]

    operations = [
        *(
            migrations.AddField(model, "people", models.JSONField(default=list, blank=True))
            for model in MODELS
        ),
        migrations.RunPython(join, part),
        *(migrations.RemoveField(model, header) for model in MODELS for header in HEADERS),
    ]
