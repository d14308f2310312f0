import bisectweb.weblinks
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bisectweb", "0014_import"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="note",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="tree",
            name="web_url",
            field=models.CharField(
                blank=True,
                help_text="The frames of crash reports are links to it. {path}, {sha} and {line} stand for the file, the tested commit and the line. cgit: https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/{path}?id={sha}#n{line}; GitHub: https://github.com/torvalds/linux/blob/{sha}/{path}#L{line}; GitLab: https://gitlab.com/GROUP/PROJECT/-/blob/{sha}/{path}#L{line}.",
                max_length=500,
                validators=[bisectweb.weblinks.validate_web_url],
                verbose_name="address of its files on the web",
            ),
        ),
    ]
