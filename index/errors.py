"""What can go wrong below the conversation. Every message ends with the next step.

    IndexingError
    ├── CorpusError       a folder or document cannot be read as a corpus
    ├── ModelError        the embedding model is missing or is not the one expected
    ├── BuildBusy         another process is building this index right now
    ├── IndexMissing      nothing has been indexed in this data folder yet
    ├── IndexStale        the index was made by another model, chunker or format
    └── IndexBroken       a file of the index is missing, truncated or foreign
"""


class IndexingError(Exception):
    """Base of every error that this package raises on purpose."""


class CorpusError(IndexingError):
    """A folder or document cannot be read as a corpus."""


class ModelError(IndexingError):
    """The embedding model is missing, or its files are not the ones that are pinned."""


class BuildBusy(IndexingError):
    """Another process holds the build lock of this index."""


class IndexMissing(IndexingError):
    """There is no index in the data folder yet."""


class IndexStale(IndexingError):
    """The index was built by another model, chunker or format than the one that asks."""


class IndexBroken(IndexingError):
    """A file of the live generation is missing, truncated or not ours."""
