"""The installed wheel: everything that the program needs is in it."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the locked hatchling of this environment; nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=TOP,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as pip lays it down."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program with the libraries of this environment, far from the checkout."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; sys.argv[1:3] = []; "
        "import bot; assert bot.__file__.startswith(sys.path[0]), bot.__file__; "
        "from bot.cli import main; main()"
    )
    return subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            program,
            str(installed),
            sysconfig.get_path("purelib"),
            *arguments,
        ],
        env={"PATH": os.environ["PATH"]} | settings,
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_carries_all_that_is_no_code(wheel: Path) -> None:
    """The manifest, the migrations and the page's files travel with the packages."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "bot/manifest.yml" in names
    for folder in ("storage/migrations/versions", "sandbox/page/static"):
        here = {
            path.relative_to(TOP).as_posix()
            for path in (TOP / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert here
        assert here <= names
    assert not any(name.startswith(("tests/", "docs/")) for name in names)


def test_the_installed_program_runs(installed: Path) -> None:
    """From the wheel alone: settings are read, the database is made with its migrations."""
    ran = run(installed, "doctor", DATA_DIR=str(installed / "data"))
    assert "its tables are those of this version" in ran.stdout, ran.stderr
    assert "BOTIFY_API_TOKEN is not set" in ran.stdout
    assert "Traceback" not in ran.stderr
