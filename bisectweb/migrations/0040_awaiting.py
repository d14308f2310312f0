from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0039_allowance"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["-created"], condition=Q(state="awaiting"), name="message_awaiting"
            ),
        ),
    ]
