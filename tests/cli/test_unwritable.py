"""Outputs that cannot be written: one sentence, the right code, what was there untouched."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("evidence")


def test_outputs_that_cannot_be_written(refused, monkeypatch):
    from eventstudy.files import atomic as folders

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders, "token_hex", refuse)
    refused(
        "run",
        "deepseek-app-store",
        code=1,
        says=["outputs/deepseek-app-store cannot be written: permission denied"],
        printed="−13.26%",
    )


def test_a_full_disk_leaves_the_earlier_bundle(refused, monkeypatch):
    from eventstudy.report import bundle

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle, "write_tables", full)
    monkeypatch.setattr("eventstudy.report.formats.pdf.sheets", lambda story: [])
    monkeypatch.setattr("eventstudy.report.drawing.savefig.save_report", lambda *_: None)
    refused(
        "run",
        "deepseek-app-store",
        code=1,
        says=["cannot be written: no space left on device"],
        printed="−13.26%",
    )
