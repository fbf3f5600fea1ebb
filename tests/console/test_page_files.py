"""The files pages load: the makers' own, with their licences; our style, readable in both schemes."""

import hashlib
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "gateway" / "console" / "static"
VENDOR = STATIC / "vendor"
STYLE = (STATIC / "console" / "style.css").read_text(encoding="utf-8")
VENDOR_BYTES_MAX = 120_000


def digests() -> dict[str, str]:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_the_libraries_are_as_their_makers_packed_them():
    files = [file for file in VENDOR.rglob("*") if file.is_file() and file.parent != VENDOR]
    found = {str(file.relative_to(VENDOR)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert found == digests()


def test_each_library_has_its_licence_and_its_version_on_record():
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    for folder in (each for each in VENDOR.iterdir() if each.is_dir()):
        assert (folder / "LICENSE").stat().st_size > 300
        assert re.search(rf"\| {folder.name} \| \d+\.\d+\.\d+ \|", readme)


def test_the_libraries_stay_small():
    assert sum(file.stat().st_size for file in VENDOR.rglob("*.min.*")) <= VENDOR_BYTES_MAX


@pytest.mark.parametrize("file", sorted(STATIC.glob("console/*")), ids=lambda file: file.name)
def test_our_own_files_load_nothing(file):
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(|fetch\(|eval\(", text)


def colours(scheme: str) -> dict[str, str]:
    """The named colours of a scheme: the dark ones are set in its media query."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_is_counted_as_the_guidelines_do():
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "raised"])
def test_every_text_colour_can_be_read_on_every_ground(scheme, ground):
    named = colours(scheme)
    texts = ["text", "quiet", "link", "focus", "good", "fair", "poor", "atp", "binding", "supply", "demand"]
    weak = {name: contrast(named[name], named[ground]) for name in texts}
    assert {name: ratio for name, ratio in weak.items() if ratio < 4.5} == {}


def test_both_schemes_name_the_same_colours():
    assert colours("light").keys() == colours("dark").keys()


def test_each_picture_is_in_the_docs_and_small():
    docs = Path(__file__).parents[2] / "docs"
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([\w-]+\.png)\)", (docs / "screens.md").read_text("utf-8"))
    files = list((docs / "pictures").iterdir())
    assert sorted(shown) == sorted(file.name for file in files)
    assert [file.name for file in files if file.stat().st_size > 150_000] == []
