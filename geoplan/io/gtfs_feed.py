"""The text files of a GTFS feed, opened safely.

The feed may come from anywhere: nothing is unpacked to disk, only the known files are read, and a file that is larger
than it may be, or packed more tightly than any timetable is, is refused.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd

from geoplan.errors import DataError

MAX_FILE_BYTES = 4_000_000_000
MAX_RATIO = 200  # a stop_times.txt packs to about a tenth; a bomb to a thousandth
CHUNK_ROWS = 500_000
BROKEN = (
    pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError,
    NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip  # what zipfile, zlib and pandas raise on bytes that are not what they should be
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FILES = {
    "agency": ("agency_id", "agency_name"),
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon", "parent_station"),
    "routes": ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
    "trips": ("trip_id", "route_id", "service_id", "trip_short_name", "shape_id"),
    "stop_times": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
    "calendar": ("service_id", *WEEK, "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
}
NEEDED = ("stops", "routes", "trips", "stop_times")
OPTIONAL_COLUMNS = ("agency_id", "parent_station", "trip_short_name", "route_short_name", "route_long_name", "shape_id")
LONGEST_LINE = 2**20  # bytes; a file without line breaks would have to be held whole


class Feed:
    """The text files of a feed, opened safely."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_dir():
            self.archive = None
            names = {item.name: item.name for item in path.iterdir() if item.is_file()}
        elif not path.exists():
            raise DataError(f"{path}: no such feed; check the path")
        else:
            try:
                self.archive = zipfile.ZipFile(path)
            except BROKEN as fault:
                raise DataError(f"{path}: is no zip file ({fault}); get the feed again") from fault
            names = self._safe_names(self.archive)
        self.names = {name: names[f"{name}.txt"] for name in FILES if f"{name}.txt" in names}
        missing = [f"{name}.txt" for name in NEEDED if name not in self.names]
        if missing or not ({"calendar", "calendar_dates"} & set(self.names)):
            lost = ", ".join(missing or ["calendar.txt or calendar_dates.txt"])
            raise DataError(f"{path}: is no GTFS feed: {lost} is missing; get the whole feed")

    def _safe_names(self, archive: zipfile.ZipFile) -> dict[str, str]:
        """Known files at the top of the archive or in its one folder; never by a name that leads elsewhere."""
        found: dict[str, str] = {}
        for item in archive.infolist():
            parts = item.filename.replace("\\", "/").split("/")
            name = parts[-1]
            if name.removesuffix(".txt") not in FILES or not name.endswith(".txt"):
                continue
            if ".." in parts or parts[0] in ("",) or ":" in parts[0] or len(parts) > 2:
                raise DataError(f"{self.path}: holds {item.filename!r}, a name that leads out of the feed; not read")
            if name in found:
                raise DataError(f"{self.path}: holds {name} twice; get the feed again")
            if item.flag_bits & 0x1:
                raise DataError(f"{self.path}: {name} is encrypted; get an open feed")
            if item.file_size > MAX_FILE_BYTES or item.file_size > MAX_RATIO * max(item.compress_size, 1):
                size = f"{item.file_size / 1e6:.0f} MB out of {item.compress_size / 1e6:.3f} MB"
                raise DataError(f"{self.path}: {name} would unpack to {size}, which no timetable does; not read")
            found[name] = item.filename
        return found

    def open(self, name: str) -> IO[bytes]:
        if self.archive is None:
            file = self.path / self.names[name]
            return io.BufferedReader(_Limited(file.open("rb"), file.stat().st_size))
        item = self.names[name]
        return io.BufferedReader(_Limited(self.archive.open(item), self.archive.getinfo(item).file_size))

    def table(self, name: str) -> pd.DataFrame:
        """A file as text cells, its columns checked; empty when the file is missing and not needed."""
        if name not in self.names:
            return pd.DataFrame({column: pd.Series(dtype="str") for column in FILES[name]})
        return pd.concat(list(self.chunks(name)), ignore_index=True)

    def chunks(self, name: str) -> Iterator[pd.DataFrame]:
        try:
            with self.open(name) as file:
                reader = pd.read_csv(
                    io.TextIOWrapper(file, encoding="utf-8-sig", newline=""),
                    dtype="str",
                    keep_default_na=False,
                    chunksize=CHUNK_ROWS,
                    skipinitialspace=True,
                    usecols=lambda column: column.strip() in FILES[name],
                )
                for chunk in reader:
                    chunk.columns = chunk.columns.str.strip()
                    lost = [c for c in FILES[name] if c not in chunk and c not in OPTIONAL_COLUMNS]
                    if lost:
                        raise DataError(f"{self.path}: {name}.txt has no column {', '.join(lost)}; get the feed again")
                    for column in FILES[name]:
                        if column not in chunk:
                            chunk[column] = ""
                    yield chunk.fillna("").apply(lambda cells: cells.str.strip())
        except DataError:
            raise
        except BROKEN as fault:
            told = " ".join(str(fault).split())[:200]
            raise DataError(f"{self.path}: {name}.txt cannot be read ({told}); get the feed again") from fault

    def stop_times(self, trips: set[str]) -> pd.DataFrame:
        """Stop times of some trips, read in pieces: those of a country do not fit into memory at once."""
        # The index of the pieces goes on counting, so that line = index + 2 (one for the header, lines count from 1).
        parts = [chunk[chunk["trip_id"].isin(trips)] for chunk in self.chunks("stop_times")]
        table = pd.concat(parts)
        return table.assign(line=table.index + 2).reset_index(drop=True)


class _Limited(io.RawIOBase):
    """A stream that ends with an error when it gives more than the archive said, or a line that has no end."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self.stream, self.left, self.line = stream, limit, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise zipfile.BadZipFile("more data than the archive says")
        last = data.rfind(b"\n")
        self.line = self.line + len(data) if last < 0 else len(data) - last
        if self.line > LONGEST_LINE:
            raise zipfile.BadZipFile("a line of more than a megabyte")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()
