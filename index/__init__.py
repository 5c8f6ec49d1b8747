"""Documents -> chunks and spans -> embeddings -> ChromaDB and BM25 -> ranked passages.

The public names of this package; import them from here. Nothing heavy is imported until it is used.
"""

from index.documents import Chunk, Document, Source, Span
from index.errors import BrokenIndexError, CorpusError, IndexingError, MissingIndexError, ModelError, StaleIndexError
from index.loaders import Loaded, Unreadable, bundled_corpus, load_folder

__all__ = [
    "BrokenIndexError",
    "Chunk",
    "CorpusError",
    "Document",
    "IndexingError",
    "Loaded",
    "MissingIndexError",
    "ModelError",
    "Source",
    "Span",
    "StaleIndexError",
    "Unreadable",
    "bundled_corpus",
    "load_folder",
]
