#!/usr/bin/env python3
"""Proves a journal that was exported from Kamurj: verify_journal.py journal.csv [earlier.csv ...]. See verify-journal.md."""
import csv
import hashlib
import sys

csv.field_size_limit(2**31 - 1)
GENESIS = "0" * 64


def read(path):
    entries, seals = {}, {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["record"] == "entry":
                entries.setdefault(row["payment"], []).append(row)
            elif row["record"] == "seal":
                seals[row["payment"], int(row["checkpoint"])] = row
    return entries, seals


def digest(row):
    parts = [row[name] for name in ("previous", "payment", "sequence", "at", "kind", "actor", "body")]
    text = b"kamurj journal 1"
    for part in (part.encode() for part in parts):
        text += len(part).to_bytes(8, "big") + part
    return hashlib.sha256(text).hexdigest()


def flaws(entries, seals):
    for payment, rows in entries.items():
        previous = GENESIS
        for place, row in enumerate(rows, 1):
            if int(row["sequence"]) != place:
                yield f"{payment}: entry {place} is missing"
                break
            if row["previous"] != previous:
                yield f"{payment}: entry {place} does not follow from the one before it"
            if digest(row) != row["hash"]:
                yield f"{payment}: entry {place} was changed"
            previous = row["hash"]
    macs = {}
    for (payment, checkpoint), seal in seals.items():
        rows, length = entries.get(payment, []), int(seal["sequence"])
        if len(rows) < length or rows[length - 1]["hash"] != seal["hash"]:
            yield f"{payment}: the seal of checkpoint {checkpoint} covers other entries than these"
        if macs.setdefault(checkpoint, seal["checkpoint_mac"]) != seal["checkpoint_mac"]:
            yield f"checkpoint {checkpoint} is two different ones"


entries, seals = read(sys.argv[1])
found = list(flaws(entries, seals))
for path in sys.argv[2:]:
    for payment, rows in read(path)[0].items():
        if [row["hash"] for row in rows] != [row["hash"] for row in entries.get(payment, [])[: len(rows)]]:
            found.append(f"{payment}: its journal was another one in {path}")
    found += [f"{key}: this seal of {path} is gone or was changed" for key, seal in read(path)[1].items() if seals.get(key) != seal]
print("\n".join(found) or f"sound: {len(entries)} payments, {sum(map(len, entries.values()))} entries, {len(seals)} seals")
sys.exit(1 if found else 0)
