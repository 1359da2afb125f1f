"""Volumes: what the Files API takes lies in a local folder, and statements that name `/Volumes/…` read it there."""

import re
import shutil
import urllib.parse
from pathlib import Path

from .errors import Refused

# A path in a statement: behind a quote of any kind.
IN_STATEMENT = re.compile(r"([`'\"])(?:dbfs:)?(/Volumes/)")


class Volumes:
    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "Volumes").mkdir(parents=True, exist_ok=True)

    def local(self, path) -> Path:
        """The file behind `/Volumes/<catalog>/<schema>/<volume>/…`. Raises Refused for any other path."""
        parts = urllib.parse.unquote(path).strip("/").split("/")
        if len(parts) < 4 or parts[0] != "Volumes" or any(part in ("", ".", "..") for part in parts):
            raise Refused(400, f"{path} is not a path in a volume: /Volumes/<catalog>/<schema>/<volume>/…")
        return self.folder.joinpath(*parts)

    def write(self, path, chunks, overwrite):
        """Writes the pieces that `chunks` gives; a file is there whole or not at all."""
        file = self.local(path)
        if file.exists() and not overwrite:
            raise Refused(409, f"The file {path} already exists.", code="ALREADY_EXISTS")
        file.parent.mkdir(parents=True, exist_ok=True)
        # Spark passes over names that begin with an underscore.
        part = file.with_name(f"_{file.name}.part")
        with part.open("wb") as out:
            for chunk in chunks:
                out.write(chunk)
        part.rename(file)

    def read(self, path) -> bytes:
        file = self.local(path)
        if not file.is_file():
            raise Refused(404, f"The file {path} does not exist.", code="NOT_FOUND")
        return file.read_bytes()

    def delete(self, path):
        file = self.local(path)
        if not file.is_file():
            raise Refused(404, f"The file {path} does not exist.", code="NOT_FOUND")
        file.unlink()

    def make_folder(self, path):
        self.local(path).mkdir(parents=True, exist_ok=True)

    def delete_folder(self, path):
        folder = self.local(path)
        if not folder.is_dir():
            raise Refused(404, f"The directory {path} does not exist.", code="NOT_FOUND")
        if any(folder.iterdir()):
            raise Refused(400, f"The directory {path} is not empty.", code="FAILED_PRECONDITION")
        shutil.rmtree(folder)

    def list_folder(self, path):
        folder = self.local(path)
        if not folder.is_dir():
            raise Refused(404, f"The directory {path} does not exist.", code="NOT_FOUND")
        return {
            "contents": [
                {"path": f"{path.rstrip('/')}/{f.name}", "name": f.name, "is_directory": f.is_dir(), "file_size": f.stat().st_size}
                for f in sorted(folder.iterdir())
            ]
        }

    def rewrite(self, statement):
        return IN_STATEMENT.sub(lambda m: f"{m[1]}{self.folder}{m[2]}", statement)
