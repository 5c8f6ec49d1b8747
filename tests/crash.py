"""A process that builds in a child of its own, one build a line of standard input, so that a test can kill the child.

``python -m tests.crash DATA``; a line is the number of the edition to build. Prints the child's process id, then "done".
Forking after the imports makes fifty builds cost fifty builds, not fifty starts of Python.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from assistant.settings import stay_offline

stay_offline()

from index.build import build_index  # noqa: E402 - after the libraries are told to stay offline
from index.documents import Document  # noqa: E402
from index.shelf import Shelf  # noqa: E402
from tests.encoders import CountingEncoder  # noqa: E402

DOCUMENTS, SENTENCES = 12, 20


def edition(number: int) -> list[Document]:
    """Documents that all say which edition they are of."""
    said = " ".join(f"Sentence {i} of edition {number}." for i in range(SENTENCES))
    return [Document(name=f"d{i}", title=f"Edition {number}", text=f"{said}\n") for i in range(DOCUMENTS)]


def build(number: int, data: Path) -> None:
    """Put a document of the edition on the shelf, then build the edition."""
    original = data / f"edition-{number}.txt"
    original.write_text(f"Added in edition {number}.\n", encoding="utf-8")
    Shelf(data).put(original, Document(name="added", title=f"Edition {number}", text=original.read_text(encoding="utf-8")))
    build_index(edition(number), data, CountingEncoder(), "editions")


def main() -> None:
    data = Path(sys.argv[1])
    import chromadb  # noqa: F401 - once, before the forks

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            build(int(line), data)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("done", flush=True)


if __name__ == "__main__":
    main()
