"""Makes the font files of this folder: `pip install fonttools brotli`, then `python3 make.py`, where Debian's fonts-noto-core is
installed. What is put in here is what the card counts on (`host/images/src/card.rs`, `is_known`)."""

import tempfile
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTFont

NOTO = "/usr/share/fonts/truetype/noto/"
HERE = Path(__file__).parent
BASIC = set(range(0x20, 0x7F)) | {
    0xA0, 0xA9, 0xAB, 0xBB, 0xB7, 0xD7, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x201E, 0x2022, 0x2026, 0x2116, 0x20AC, 0x20BD,
}
CYRILLIC = set(range(0x410, 0x450)) | {0x401, 0x451}
ARMENIAN = set(range(0x531, 0x557)) | set(range(0x559, 0x560)) | set(range(0x561, 0x588)) | {0x589, 0x58A, 0x58F}
DRAM = {0x58F}
FILES = {"hy": (BASIC, ARMENIAN), "ru": (BASIC | CYRILLIC, DRAM), "en": (BASIC, DRAM), "card": (BASIC | CYRILLIC, ARMENIAN)}
WEIGHTS = {"400": "Regular", "700": "Bold"}
FAMILY = "Kamurj Sans"


def part(source, codes, target):
    options = subset.Options()
    options.layout_features = ["kern", "liga", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "FFTM"]
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    missing = codes - set(font.getBestCmap())
    assert not missing, (source, [hex(code) for code in missing])
    font.save(target)
    return str(target)


def make(name, weight, folder):
    style = WEIGHTS[weight]
    latin, armenian = FILES[name]
    whole = merge.Merger().merge([
        part(f"{NOTO}NotoSans-{style}.ttf", latin, folder / "latin.ttf"),
        part(f"{NOTO}NotoSansArmenian-{style}.ttf", armenian, folder / "armenian.ttf"),
    ])
    table = whole["name"]
    table.names = [record for record in table.names if record.nameID in (0, 13, 14)]
    for place, text in ((1, FAMILY), (2, style), (4, f"{FAMILY} {style}"), (6, f"KamurjSans-{style}")):
        table.setName(text, place, 3, 1, 0x409)
    model = TTFont(f"{NOTO}NotoSans-{style}.ttf")
    metrics = {"hhea": ("ascent", "descent", "lineGap"), "OS/2": ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent", "usWeightClass")}
    for table_name, fields in metrics.items():
        for field in fields:
            setattr(whole[table_name], field, getattr(model[table_name], field))
    if name == "card":
        whole.save(HERE / f"card-{weight}.ttf")
    else:
        whole.flavor = "woff2"
        whole.save(HERE / f"noto-{name}-{weight}.woff2")


with tempfile.TemporaryDirectory() as folder:
    for name in FILES:
        for weight in WEIGHTS:
            make(name, weight, Path(folder))
