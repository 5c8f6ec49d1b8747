"""Making an index: encoding against sentence-transformers, and making it again when little has changed. What an installation takes."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from assistant.building import build_corpus
from assistant.settings import Settings
from evals.bench.answer import reference
from evals.bench.measured import Line
from index.chunking import chunk_document
from index.documents import span_embedding_text
from index.embedding import load_encoder
from index.loaders import bundled_corpus, load_folder

TEXTS = 1_200
FILES = 1_000
RUNS = 3
BIG = 6  # packages named
SEED = 13


def encoding(settings: Settings) -> Iterator[Line]:
    """Chunks and spans a second, against SentenceTransformer.encode of the same texts."""
    encoder, model = load_encoder(settings.embedding_model, settings.models_dir), reference()
    chunks = [c for d in load_folder(bundled_corpus()).documents for c in chunk_document(d, encoder.count_tokens, encoder.window)]
    texts = [t for c in chunks for t in (c.embedding_text, *(span_embedding_text(s, c.title) for s in c.spans))][:TEXTS]
    ours, theirs = [], []
    for _ in range(RUNS):
        begin = time.perf_counter()
        encoder.encode(texts)
        between = time.perf_counter()
        model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        theirs.append(time.perf_counter() - between)
        ours.append(between - begin)
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
    note = f"{len(texts) / sorted(ours)[RUNS // 2]:.0f} texts a second"
    yield Line(
        "indexing: texts a second, against sentence-transformers",
        ratios[RUNS // 2],
        "x",
        RUNS,
        (ratios[0], ratios[-1]),
        1.5,
        True,
        note=note,
    )


def again(settings: Settings) -> Iterator[Line]:
    """Indexing a folder of 1,000 files, then again with nothing changed, then with one file changed."""
    encoder = load_encoder(settings.embedding_model, settings.models_dir)
    sentences = [
        s.text
        for d in load_folder(bundled_corpus()).documents
        for c in chunk_document(d, encoder.count_tokens, encoder.window)
        for s in c.spans
    ]
    draw = random.Random(SEED)
    with tempfile.TemporaryDirectory() as place:
        folder, data = Path(place) / "corpus", Path(place) / "data"
        folder.mkdir()
        for number in range(FILES):
            told = " ".join(" ".join(s.replace("|", " ").split()) for s in draw.sample(sentences, 3))
            (folder / f"file-{number:04}.md").write_text(f"# File {number}\n\nNumber {number}. {told}\n", encoding="utf-8")

        def build() -> float:
            begin = time.perf_counter()
            build_corpus(folder, data, encoder)
            return time.perf_counter() - begin

        full = build()
        same = [build() for _ in range(RUNS)]
        changed = []
        for number in range(RUNS):
            with (folder / f"file-{number:04}.md").open("a", encoding="utf-8") as file:
                file.write(f"\nOne more sentence, number {number}.\n")
            changed.append(build())
        shutil.rmtree(data)
    yield Line(f"index of {FILES:,} files: full", full, "s", 1)
    for what, took, target in (("nothing changed", same, 0.01), ("one file changed", changed, 0.02)):
        shares = sorted(t / full for t in took)
        note = f"{sorted(took)[RUNS // 2]:.2f} s"
        yield Line(f"re-index, {what}: share of the full time", shares[RUNS // 2], "x", RUNS, (shares[0], shares[-1]), target, note=note)


def installed() -> Iterator[Line]:
    """What the packages take on the disk, and which are big."""
    sizes = {d.name: sum(f.size or 0 for f in d.files or ()) / 2**20 for d in distributions()}
    big = sorted(sizes.items(), key=lambda pair: -pair[1])[:BIG]
    note = ", ".join(f"{name} {size:.0f}" for name, size in big)
    yield Line("install: packages on disk, tests' and evals' included", sum(sizes.values()), "MB", len(sizes), note=f"largest: {note}")
