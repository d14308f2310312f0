from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0040_awaiting"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="mail_is_about_one_thing",
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("bug", None), ("digest_of", None), _connector="OR"),
                name="mail_is_about_one_thing_at_most",
            ),
        ),
        migrations.AddField(
            model_name="patchtest",
            name="others",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AlterField(
            model_name="patchtest",
            name="result",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "not known yet"),
                    ("quiet", "did not crash"),
                    ("crashed", "still crashes"),
                    ("other-crash", "crashes differently"),
                    ("unbuilt", "does not build"),
                    ("mute", "told nothing of the bug"),
                    ("refused", "cannot be tested"),
                    ("stopped", "stopped before its end"),
                    ("failed", "trouble on our side"),
                ],
                max_length=12,
            ),
        ),
    ]
