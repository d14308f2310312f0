"""Logs of bisections that were done elsewhere, exactly as they came."""

from __future__ import annotations

import zlib

from django.db import models

from bisectweb.models.bisection import Bisection


class ImportedLog(models.Model):
    """The log that an imported bisection was read from."""

    bisection = models.OneToOneField(
        Bisection, on_delete=models.CASCADE, related_name="imported_log"
    )
    # SHA-256 of the log: importing it again changes nothing.
    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField("file name", max_length=300)
    # Every byte, compressed: some logs have bytes that are no text.
    packed = models.BinaryField()
    # What the log says it took; empty where it does not say.
    revisions_tested = models.PositiveIntegerField(null=True, blank=True)
    total_seconds = models.FloatField(null=True, blank=True)
    build_seconds = models.FloatField(null=True, blank=True)
    test_seconds = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def pack(content: bytes) -> bytes:
        return zlib.compress(content)

    @property
    def content(self) -> bytes:
        """The log as it came, byte for byte."""
        return zlib.decompress(self.packed)
