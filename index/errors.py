"""What can go wrong below the conversation. Every message ends with the next step.

IndexingError
├── CorpusError       a folder or document cannot be read as a corpus
├── ModelError        the embedding model is missing or is not the one expected
├── BusyBuildError         another process is building this index right now
├── MissingIndexError      nothing has been indexed in this data folder yet
├── StaleIndexError        the index was made by another model, chunker or format
├── UnwritableIndexError   a build cannot write: a full disk, or a folder without the rights
└── BrokenIndexError       a file of the index is missing, truncated or foreign
"""


class IndexingError(Exception):
    """Base of every error that this package raises on purpose."""


class CorpusError(IndexingError):
    """A folder or document cannot be read as a corpus."""


class ModelError(IndexingError):
    """The embedding model is missing, or its files are not the ones that are pinned."""


class BusyBuildError(IndexingError):
    """Another process holds the build lock of this index."""


class MissingIndexError(IndexingError):
    """There is no index in the data folder yet."""


class StaleIndexError(IndexingError):
    """The index was built by another model, chunker or format than the one that asks."""


class UnwritableIndexError(IndexingError):
    """A build could not write its files. The index from before is still live."""


class BrokenIndexError(IndexingError):
    """A file of the live generation is missing, truncated or not ours."""
