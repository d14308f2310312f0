"""Allowances: how often somebody did one thing lately."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bisectweb", "0038_notes")]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("used", models.PositiveIntegerField(default=0)),
                ("ends", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
