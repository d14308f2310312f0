import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0020_inbound"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="tree",
            name="auto_confidence",
            field=models.FloatField(
                default=0.95,
                help_text="Below it a person reads the mail all the same.",
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1),
                ],
                verbose_name="confidence for that",
            ),
        ),
        migrations.AddField(
            model_name="tree",
            name="mails_per_hour",
            field=models.PositiveSmallIntegerField(
                default=20, help_text="What is over this limit waits. 0: no limit."
            ),
        ),
        migrations.AlterField(
            model_name="tree",
            name="auto_approve",
            field=models.BooleanField(
                default=False,
                help_text="Culprit mails leave without a person having read them, if all checks passed, nothing is flagged, and the score of the log says trust.",
                verbose_name="mail without approval",
            ),
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("reason", models.CharField(max_length=500)),
                ("lifted", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-since"],
            },
        ),
    ]
