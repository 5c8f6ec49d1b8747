"""Documents -> chunks and spans -> embeddings -> ChromaDB and BM25 -> ranked passages.

The public names of this package; import them from here. Nothing heavy is imported until it is used.
"""

from index.documents import Chunk, Document, Source, Span
from index.errors import CorpusError, IndexBroken, IndexingError, IndexMissing, IndexStale, ModelError
from index.loaders import Loaded, Unreadable, bundled_corpus, load_folder

__all__ = [
    "Chunk",
    "CorpusError",
    "Document",
    "IndexBroken",
    "IndexMissing",
    "IndexStale",
    "IndexingError",
    "Loaded",
    "ModelError",
    "Source",
    "Span",
    "Unreadable",
    "bundled_corpus",
    "load_folder",
]
