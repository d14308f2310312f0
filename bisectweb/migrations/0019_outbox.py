from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STATES = [
    ("drafted", "Drafted"),
    ("awaiting", "awaiting approval"),
    ("approved", "Approved"),
    ("sending", "Sending"),
    ("unknown", "delivery unknown"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


def rename(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What was rejected is cancelled; what was being sent has begun to leave, for all we know."""
    messages = apps.get_model("bisectweb", "Message").objects
    messages.filter(state="rejected").update(state="cancelled")
    messages.filter(state="sending").update(begun=models.F("claimed"))


def back(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    messages = apps.get_model("bisectweb", "Message").objects
    messages.filter(state="cancelled").update(state="rejected")
    messages.filter(state="drafted").update(state="awaiting")
    messages.filter(state="unknown").update(state="sending")


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0018_similarity"),
    ]

    operations = [
        migrations.AlterField(
            "Message",
            "state",
            models.CharField(choices=STATES, default="awaiting", max_length=10),
        ),
        migrations.AddField(
            "Message",
            "claim",
            models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField("Message", "begun", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "Message", "attempts", models.PositiveSmallIntegerField(default=0, editable=False)
        ),
        migrations.AddField(
            "Message", "not_before", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.RunPython(rename, back),
    ]
