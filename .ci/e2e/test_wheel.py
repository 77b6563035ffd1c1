"""The wheels install a working program on their own, and say so in their metadata."""

import re
import zipfile
from email.parser import BytesParser

import lab
from packaging.utils import parse_wheel_filename

VERSION = lab.run("go", "run", ".", "--version", cwd=lab.REPOSITORY).stdout.removeprefix("tap-zendesk-talk v").strip()


def test_the_installed_program_tells_its_version(tap):
    assert lab.run(tap, "--version").stdout == f"tap-zendesk-talk v{VERSION}\n"


def test_the_installed_program_is_static_and_no_script(tap):
    assert tap.read_bytes()[:4] == b"\x7fELF"
    assert "INTERP" not in lab.run("readelf", "--program-headers", tap).stdout, "linked dynamically"


def test_metadata_passes_the_check_of_the_index(wheels):
    told = lab.run("twine", "check", "--strict", *wheels).stdout
    assert told.count("PASSED") == len(wheels) == 6


def test_each_tag_is_in_name_and_metadata(wheels):
    for file in wheels:
        with zipfile.ZipFile(file) as archive:
            [text] = [archive.read(name) for name in archive.namelist() if name.endswith("/WHEEL")]
        _, version, _, named = parse_wheel_filename(file.name)
        assert sorted(BytesParser().parsebytes(text).get_all("Tag")) == sorted(map(str, named))
        assert str(version) == VERSION


def test_the_description_is_the_readme_with_absolute_links(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = BytesParser().parsebytes(archive.read(f"tap_zendesk_talk-{VERSION}.dist-info/METADATA"))
    assert metadata["Description-Content-Type"] == "text/markdown"
    shown, readme = metadata.get_payload(decode=True).decode(), (lab.REPOSITORY / "README.md").read_text()
    assert re.sub(r"https://github.com/tap-zendesk-talk/tap-zendesk-talk/(raw|blob)/main/", "", shown) == readme
    assert not re.search(r"\]\((?!https?:|#)", shown), "a relative link leads nowhere on the index's page"
