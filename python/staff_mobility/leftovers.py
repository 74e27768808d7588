"""Works beside the place of a result, and clears away what a killed run could not clear away itself."""

from __future__ import annotations

import glob
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# In the name of every folder to work in, so that nobody's own folder can be taken for one.
_MARK = "unfinished-by-staff-mobility"
# No step works on one of its files for so long; what is younger may be another run's work.
_UNTOUCHED_SECONDS = 3600


@contextmanager
def workplace(parent: Path, name: str, *, is_alone: bool = False) -> Iterator[Path]:
    """Yield a private folder that is gone afterwards; those that killed runs left there go first.

    Args:
        parent: Folder in which it is made.
        name: What is made in it; part of the folder's name.
        is_alone: The caller holds a lock, so that whatever lies there is a killed run's, however young.
    """
    prefix = f".{name}-{_MARK}-"
    sweep_leftovers(parent, f"{glob.escape(prefix)}*", 0 if is_alone else _UNTOUCHED_SECONDS)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as folder:
        yield Path(folder)


def swap(made: Path, out: Path, former: Path) -> None:
    """Put a new folder in the place of the former one; when that fails, the former one comes back.

    Args:
        made: The new folder, in a workplace beside `out`.
        out: Its place.
        former: Where the former folder goes, in the same workplace.
    """
    if not out.exists():
        made.replace(out)
        return
    out.replace(former)
    try:
        made.replace(out)
    except OSError:
        former.replace(out)
        raise


def sweep_leftovers(folder: Path, pattern: str, untouched_seconds: float = _UNTOUCHED_SECONDS) -> None:
    """Remove files and folders whose name matches a pattern and that nobody has touched for a time.

    Args:
        folder: Where they lie; it may be missing.
        pattern: Of their names, as in `Path.glob`.
        untouched_seconds: How long; an hour, unless the caller knows better.
    """
    oldest = time.time() - untouched_seconds
    for path in folder.glob(pattern):
        try:
            if path.lstat().st_mtime > oldest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError:
            # Somebody else's, or gone meanwhile: the work at hand does not depend on it.
            continue
