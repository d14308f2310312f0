"""Fixtures of all that looks at whole pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """No test writes outside its own folder."""
    settings.DATA = tmp_path
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path
