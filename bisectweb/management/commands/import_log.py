"""`manage.py import_log`: logs of bisections that were done elsewhere, read into rows."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bisectweb.imports import LARGEST, Imported, import_log, import_tree
from bisectweb.models import Tree
from runner.errors import InputError


class Command(BaseCommand):
    help = (
        "Import bisection logs in the grammar of syzbot's. Each becomes a bisection with all its "
        "runs; a log that was imported before changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--bug-title",
            default="",
            metavar="TITLE",
            help="of the bug that all these logs are about; if not given, each log's own crash",
        )
        parser.add_argument(
            "--tree",
            default="",
            metavar="NAME",
            help="the tree the bisected commits are from; one without a repository, if not given",
        )

    def handle(self, *, files: list[Path], bug_title: str, tree: str, **options: Any) -> None:
        try:
            home = import_tree(tree)
        except InputError as error:
            raise CommandError(str(error)) from error
        new, refused = 0, 0
        for path in files:
            done = one(path, home, bug_title)
            new += done.is_new
            if done.bisection is None:
                refused += 1
                self.stderr.write(f"{path}: {done.refused}")
            elif options["verbosity"] > 1:
                was = "is" if done.is_new else "was"
                self.stdout.write(f"{path} {was} bisection {done.bisection.pk}")
        known = len(files) - new - refused
        self.stdout.write(f"{new} imported, {known} there before, {refused} refused")
        if refused:
            raise CommandError("not all were imported; the reasons stand above")


def one(path: Path, tree: Tree, bug_title: str) -> Imported:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        return Imported(path.name, refused=error.strerror or str(error))
    return import_log(content, path.name, tree=tree, bug_title=bug_title, by=None)
