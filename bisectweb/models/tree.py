"""Trees: where commits come from, how their kernels are built and booted, and who may do what."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    validate_email,
)
from django.db import models
from django.urls import reverse

from bisectweb.weblinks import EXAMPLES, validate_web_url
from runner.architecture import ARCHITECTURES
from runner.building.make_variables import parse
from runner.errors import InputError
from runner.git import check_url, public
from runner.machines.qemu import parse_arguments
from runner.values import Disk, Machine, Syzkaller


def validate_url(url: str) -> None:
    try:
        check_url(url)
    except InputError as error:
        raise ValidationError(str(error)) from error


def validate_variables(text: str) -> None:
    try:
        parse(text)
    except InputError as error:
        raise ValidationError(str(error)) from error


def validate_qemu_args(text: str) -> None:
    try:
        parse_arguments(text)
    except InputError as error:
        raise ValidationError(str(error)) from error


def validate_addresses(text: str) -> None:
    for line in text.split():
        validate_email(line)


def validate_path(text: str) -> None:
    if not text.startswith("/") or not text.isprintable():
        raise ValidationError("Give the whole path of a file on the runner, from / on.")


class Tree(models.Model):
    """A kernel repository and branch we bisect in, and the machine its kernels boot in."""

    class SeenBy(models.TextChoices):
        EVERYBODY = "everybody"
        SIGNED_IN = "signed-in", "people who are signed in"
        KEEPERS = "keepers", "its maintainers and admins"

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField(max_length=500, validators=[validate_url])
    branch = models.CharField(max_length=200, default="master")
    web_url = models.CharField(
        "address of its files on the web",
        max_length=500,
        blank=True,
        validators=[validate_web_url],
        help_text="The frames of crash reports are links to it. {path}, {sha} and {line} stand "
        f"for the file, the tested commit and the line. {EXAMPLES}.",
    )
    compiler = models.CharField(
        max_length=50,
        default="gcc",
        help_text="gcc or clang: the newest on the runner that fits a commit's age. "
        "A command or toolchain, such as gcc-12: that one, whatever the age.",
    )
    make_variables = models.TextField(
        "variables for make",
        blank=True,
        validators=[validate_variables],
        help_text="One NAME=VALUE a line, such as KCFLAGS=-Wno-error.",
    )
    arch = models.CharField(
        "architecture",
        max_length=10,
        choices=[(name, name) for name in ARCHITECTURES],
        default="x86_64",
        help_text="Other architectures than the runner's are cross-built and emulated.",
    )
    memory_mb = models.PositiveIntegerField("memory of the VM in MB", default=1024)
    cpus = models.PositiveSmallIntegerField("processors of the VM", default=2)
    cmdline = models.CharField("added to the kernel command line", max_length=500, blank=True)
    qemu_args = models.CharField(
        "added to QEMU's arguments",
        max_length=500,
        blank=True,
        validators=[validate_qemu_args],
        help_text="As in a shell, but nothing is expanded. They can name any file of the runner.",
    )
    disk_image = models.CharField(
        max_length=500,
        blank=True,
        validators=[validate_path],
        help_text="A file of the runner that VMs boot from and never change; the kernel command "
        "line says where its root is, such as root=/dev/vda. Empty: no disk, only the reproducer.",
    )
    ssh_key = models.CharField(
        "ssh key of the disk image",
        max_length=500,
        blank=True,
        validators=[validate_path],
        help_text="The file on the runner with the private key that the image lets in.",
    )
    ssh_user = models.CharField(
        "ssh user of the disk image",
        max_length=32,
        default="root",
        validators=[RegexValidator(r"\A[a-z_][a-z0-9_-]*\Z", "This is no name of a user.")],
        help_text="Anybody but root needs sudo without a password.",
    )
    syz_execprog = models.CharField(
        "syz-execprog",
        max_length=500,
        blank=True,
        validators=[validate_path],
        help_text="A file of the runner, for syzkaller's programs, with the executor below.",
    )
    syz_executor = models.CharField(
        "syz-executor", max_length=500, blank=True, validators=[validate_path]
    )
    boot_seconds = models.PositiveIntegerField(default=120)
    repro_seconds = models.PositiveIntegerField(default=60)
    base_config = models.TextField(
        "small kernel config",
        blank=True,
        help_text="A whole .config that boots in the VM and has little else. Before a search, "
        "the options that it does without are left out of the bug's config, as far as the bug "
        "still shows. Empty: only needless sanitizers are left out.",
    )
    upstream = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="downstreams",
        help_text="The tree that this one takes its commits from: fixes can be looked for there.",
    )
    maintainers = models.TextField(
        "addresses of its maintainers",
        blank=True,
        validators=[validate_addresses],
        help_text="One a line. By signed mail, or signed in to an account with that address, they "
        "may ask for anything about the tree's bugs, and let a mail that awaits approval leave.",
    )
    seen_by = models.CharField(
        max_length=10,
        choices=SeenBy.choices,
        default=SeenBy.EVERYBODY,
        help_text="Who sees the tree, its bugs, and everything that is known of them.",
    )
    auto_approve = models.BooleanField(
        "mail without approval",
        default=False,
        help_text="Culprit mails leave without a person having read them, if all checks passed, "
        "nothing is flagged, and the score of the log says trust.",
    )
    auto_confidence = models.FloatField(
        "confidence for that",
        default=0.95,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Below it a person reads the mail all the same.",
    )
    digest_after = models.PositiveSmallIntegerField(
        "mails in a digest that comes at once",
        default=10,
        help_text="Its maintainers, or else the admins, get one mail a day that lists what awaits "
        "approval, and another one when so many more wait. 0: none.",
    )
    mail_kb = models.PositiveIntegerField(
        "KiB of text in a mail",
        default=64,
        validators=[MinValueValidator(4)],
        help_text="Of a crash report a mail quotes what fits, and has a link to the rest.",
    )
    mails_per_hour = models.PositiveSmallIntegerField(
        default=20, help_text="What is over this limit waits. 0: no limit."
    )

    # While this is set, nothing new of it is begun; what runs finishes its revision.
    paused = models.DateTimeField(null=True, blank=True, editable=False)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    pause_reason = models.CharField(max_length=500, blank=True, editable=False)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tree-detail", args=[self.name])

    # What kernels are built with and booted in, besides config and reproducer.
    SETUP = (
        *("compiler", "make_variables", "arch", "memory_mb", "cpus", "cmdline", "qemu_args"),
        *("disk_image", "syz_execprog", "syz_executor", "boot_seconds", "repro_seconds"),
    )

    def setup(self) -> dict[str, str]:
        """What the runs of a bisection depend on, by what people call it."""
        fields = [field for field in self._meta.fields if field.name in self.SETUP]
        return {str(field.verbose_name): str(getattr(self, field.name)) for field in fields}

    @property
    def public_url(self) -> str:
        """The address of the repository as everybody may read it."""
        return public(self.url)

    @property
    def is_private(self) -> bool:
        return self.seen_by != self.SeenBy.EVERYBODY

    def as_private(self) -> list[str]:
        """Who sees trees that no more people see than this one, but for other maintainers."""
        return self.SeenBy.values[self.SeenBy.values.index(self.seen_by) :]

    def clean(self) -> None:
        if bool(self.disk_image) != bool(self.ssh_key):
            raise ValidationError("A disk image and its ssh key come together.")
        if bool(self.syz_execprog) != bool(self.syz_executor):
            raise ValidationError("syz-execprog and syz-executor come together.")
        if self.upstream and self.seen_by not in self.upstream.as_private():
            raise ValidationError("More people would see this tree than its upstream.")
        if self.pk and self.downstreams.exclude(seen_by__in=self.as_private()).exists():
            raise ValidationError("More people would see a tree whose upstream this is.")

    def syzkaller(self) -> Syzkaller | None:
        if not self.syz_execprog:
            return None
        return Syzkaller(Path(self.syz_execprog), Path(self.syz_executor))

    def disk(self) -> Disk | None:
        if not self.disk_image:
            return None
        return Disk(Path(self.disk_image), Path(self.ssh_key), self.ssh_user)

    def machine(self) -> Machine:
        return Machine(
            arch=self.arch,
            memory_mb=self.memory_mb,
            cpus=self.cpus,
            cmdline=self.cmdline,
            qemu_args=parse_arguments(self.qemu_args),
            disk=self.disk(),
            boot_seconds=self.boot_seconds,
            repro_seconds=self.repro_seconds,
        )
