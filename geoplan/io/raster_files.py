"""Opening rasters that somebody sent: known formats only, zip archives read in place, nothing unpacked to disk."""

from __future__ import annotations

import logging
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from geoplan.errors import DataError
from geoplan.io.files import first_line, require_file

logger = logging.getLogger(__name__)

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

# Formats that hold their own pixels. A VRT or a WMS description names other files and hosts, so it is not opened.
DRIVERS = {
    ".tif": "GTiff",
    ".tiff": "GTiff",
    ".hgt": "SRTMHGT",
    ".asc": "AAIGrid",
    ".img": "HFA",
    ".dem": "USGSDEM",
    ".gpkg": "GPKG",
    ".jp2": "JP2OpenJPEG",
}
_LARGEST_BLOCK = 2**28  # bytes that the library takes at once for one block of pixels
_LARGEST_RATIO = 200  # a raster of one value packs about 1000:1, heights 1.5 to 5:1
_ALWAYS_ALLOWED = 2**28  # bytes unpacked
_MAX_MEMBERS = 1000
_LARGEST_VALUE = 1e30  # what lies above is no measurement but a filler (3.4e38) that nobody declared


@contextmanager
def open_rasters(paths: Paths) -> Iterator[list[Any]]:
    """The rasters of one or several files, open for reading; closed when the block ends.

    Raises
    ------
    DataError
        A file is missing, damaged, in no known format, has no coordinate system or place, or claims blocks or
        unpacked sizes that no raster has.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not given:
        raise DataError("rasters: none given; name at least one file")
    with ExitStack() as stack:
        opened: list[Any] = []
        for path in given:
            file = require_file(path, "raster")
            opened += [stack.enter_context(_open(file, name)) for name in _names(file)]
        yield opened


def read_window(raster: Any, window: Window) -> NDArray[np.float64]:
    """Pixels of a window of band 1 as float64, NaN where there is no value; scale and offset applied.

    Raises
    ------
    DataError
        The pixels are damaged or cut off.
    """
    try:
        pixels = raster.read(1, window=window, masked=True)
    except (RasterioError, ValueError, OSError) as fault:
        raise DataError(f"{raster.name}: pixels cannot be read ({first_line(fault)}); get the file again") from fault
    values = pixels.astype(np.float64).filled(np.nan)
    values[np.abs(values) > _LARGEST_VALUE] = np.nan
    scale, offset = raster.scales[0], raster.offsets[0]
    return values if (scale, offset) == (1.0, 0.0) else values * scale + offset


def pixel_m(raster: Any) -> float:
    """Size of a pixel in metres: the shorter side, degrees counted at the middle of the raster.

    Raises
    ------
    DataError
        The coordinate system has no unit of length.
    """
    east, north = abs(raster.transform.a) + abs(raster.transform.b), abs(raster.transform.e) + abs(raster.transform.d)
    if raster.crs.is_geographic:
        degree_m = 111_320.0  # one degree of a meridian on a sphere of 6,378 km
        middle = np.deg2rad(np.clip((raster.bounds.top + raster.bounds.bottom) / 2, -89.0, 89.0))
        return float(min(east * np.cos(middle), north) * degree_m)
    try:
        unit_m = raster.crs.linear_units_factor[1]
    except (RasterioError, ValueError) as fault:
        raise DataError(
            f"{raster.name}: its coordinate system has no unit of length ({first_line(fault)}); get the file again"
        ) from fault
    return float(min(east, north) * unit_m)


def _names(file: Path) -> list[str]:
    """What to ask the library for: the file, or the rasters inside an archive."""
    if file.suffix.lower() != ".zip":
        return [str(file)]
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as fault:  # the last: packed as zipfile knows not
        raise DataError(f"{file}: is no zip archive, or a damaged one; get the file again") from fault
    if len(members) > _MAX_MEMBERS:
        raise DataError(f"{file}: holds {len(members)} files; give the rasters in archives of {_MAX_MEMBERS} at most")
    inside = [member for member in members if PurePosixPath(member.filename).suffix.lower() in DRIVERS]
    if not inside:
        raise DataError(f"{file}: holds no raster; geoplan reads {', '.join(DRIVERS)}")
    for member in inside:
        name = PurePosixPath(member.filename)
        if name.is_absolute() or ".." in name.parts or set(member.filename) & set("\\{}"):
            raise DataError(f"{file}: names a file outside itself ({member.filename!r}); get it from a trusted source")
        if member.file_size > max(_ALWAYS_ALLOWED, _LARGEST_RATIO * member.compress_size):
            size = f"{member.compress_size / 1e6:.1f} MB that unpack to {member.file_size / 1e6:,.0f} MB"
            raise DataError(f"{file}: {member.filename} claims {size}; that is no raster")
    # Braces keep the archive's name whole when it holds .zip twice or spaces.
    return [f"/vsizip/{{{file.resolve()}}}/{member.filename}" for member in inside]


@contextmanager
def _open(file: Path, name: str) -> Iterator[Any]:
    driver = DRIVERS.get(PurePosixPath(name).suffix.lower())
    known = ", ".join(DRIVERS)
    if driver is None:
        raise DataError(f"{file}: is no raster that geoplan reads; give one of {known}, or a zip of it")
    try:
        # Side files (.aux.xml, .ovr, a folder's listing) are not looked for: they could replace what is read.
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO", GDAL_CACHEMAX=64),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(name, driver=driver)
    except (RasterioError, ValueError, OSError) as fault:
        told = first_line(fault)
        raise DataError(f"{file}: cannot be read as {driver} ({told}); give one of {known}, or a zip of it") from fault
    try:
        _check(file, raster)
        yield raster
    finally:
        raster.close()


def _check(file: Path, raster: Any) -> None:
    if raster.count < 1:
        raise DataError(f"{file}: has no band of pixels; give a raster with one")
    if raster.crs is None:
        raise DataError(f"{file}: no coordinate reference system; write it into the raster (gdal_edit.py -a_srs)")
    if raster.transform.is_identity or raster.transform.determinant == 0:
        raise DataError(f"{file}: does not say where on earth it lies; write its geotransform into the raster")
    high, wide = raster.block_shapes[0]
    size = high * wide * np.dtype(raster.dtypes[0]).itemsize
    if size > _LARGEST_BLOCK:
        shown = f"{raster.width:,} x {raster.height:,} pixels in blocks of {size / 1e6:,.0f} MB"
        raise DataError(f"{file}: {shown}; rewrite it with tiles (gdal_translate -co TILED=YES)")
    if raster.count > 1:
        logger.warning("%s: has %d bands; the first one is used", file.name, raster.count)
