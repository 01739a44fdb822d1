"""`scripts/audit.py` against an index in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from stancekit.errors import DataError

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import audit

HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["1.1"]}


def page(root: Path, path: str, version: str, *vulnerabilities: dict[str, object]) -> None:
    """Puts a page into the index: of a version (name/version) or of a package (name)."""
    file = root / "pypi" / path / "json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"info": {"version": version}, "vulnerabilities": list(vulnerabilities)}))


@pytest.mark.parametrize(
    ("packages", "code", "told"),
    [
        ([("asked", "1.0")], 1, ["asked 1.0: PYSEC-1 = CVE-1, mended in 1.1", "1 packages: 1 answered, 1 known"]),
        ([("asked", "1.1")], 0, ["1 answered, 0 known"]),
        ([("newest", "2.0")], 1, ["newest 2.0: PYSEC-1"]),
        ([("newest", "1.9")], 2, ["0 answered", "not answered for the version that is here: newest 1.9 (of 2.0: 1)"]),
        ([("withdrawn", "1.0.0")], 0, ["1 answered, 0 known"]),
        ([("elsewhere", "1.0"), ("withdrawn", "1.0")], 2, ["2 packages: 1 answered", "version that is here: elsewhere 1.0\n"]),
    ],
)
def test_what_the_index_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], packages: list[tuple[str, str]], code: int, told: list[str]
) -> None:
    page(tmp_path, "asked/1.0", "1.0", HOLE)
    page(tmp_path, "asked/1.1", "1.1")
    page(tmp_path, "newest", "2.0", HOLE)
    page(tmp_path, "withdrawn", "1.0", {**HOLE, "withdrawn": "2026-01-01T00:00:00Z"})
    assert audit.audit(tmp_path.as_uri(), packages) == code
    printed = capsys.readouterr().out
    assert all(part in printed for part in told), printed


def test_an_index_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pypi" / "broken").mkdir(parents=True)
    (tmp_path / "pypi" / "broken" / "json").write_text("<html>")
    with pytest.raises(DataError, match="the index cannot be read.*check the network and --index"):
        audit.audit(tmp_path.as_uri(), [("broken", "1.0")])


def test_what_is_installed_has_pytest_and_not_stancekit() -> None:
    assert ("pytest", pytest.__version__) in audit.installed()
    assert "stancekit" not in dict(audit.installed())
