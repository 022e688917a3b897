"""Placeholder, to be overwritten: one parcel for each file."""

from dataclasses import dataclass
from pathlib import Path

from bot.model.export import StoredFile


@dataclass(frozen=True, slots=True)
class Parcel:
    path: Path
    name: str
    bytes: int


def parcels_of(file: StoredFile, limit: int) -> tuple[Parcel, ...]:
    return (Parcel(file.path, file.path.name, file.bytes),)
