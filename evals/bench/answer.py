"""A warm answer against one encoding of its question; and how answers grow with the index, on made-up texts."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from assistant.chain import Assistant
from assistant.conversing import Conversing
from assistant.journal import Journal
from assistant.opening import House, open_house
from assistant.settings import Settings
from assistant.wordvectors import WordVectors
from evals.bench.measured import Line, middle, ratio
from evals.cases import own_cases
from index.build import build_index
from index.documents import Document
from index.embedding import Encoder, Progress, Vectors, default_model_folder, load_encoder
from index.loaders import bundled_corpus, load_folder
from index.markdown import parse_markdown
from index.reader import LiveIndex
from index.retriever import HybridRetriever

ASKED = 150
SIZES = (1_000, 10_000, 20_000, 100_000)  # chunks
SECTIONS = 500  # a made-up document
SEED = 13


def reference() -> Any:
    """MiniLM by sentence-transformers, as the recipe runs it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(default_model_folder()), device="cpu", local_files_only=True)


def warm(settings: Settings) -> Iterator[Line]:
    """The whole way of a question, journal and all, against one encoding of it by sentence-transformers."""
    ours, theirs, parts = _asked(open_house(settings), reference())
    yield ratio("answer, warm: median, against encoding the question once", ours, theirs, 2.0, note=parts)
    yield ratio("answer, warm: 95th percentile against the median encoding", ours, theirs, 3.0, at=95)


def _asked(house: House, model: Any, count: int = ASKED) -> tuple[list[float], list[float], str]:
    questions = [case.question for case in own_cases("dev")][: count + 5]
    ours: list[float] = []
    theirs: list[float] = []
    steps: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        journal = Journal(f"sqlite:///{place}/journal.sqlite")
        talking = Conversing(lambda: house, journal)
        for number, question in enumerate(questions):
            conversation = journal.new_conversation(f"visitor-{number}")
            begin = time.perf_counter()
            (answer,) = talking.ask(conversation, f"visitor-{number}", question)
            answered = time.perf_counter()
            model.encode([question], normalize_embeddings=True, show_progress_bar=False)
            end = time.perf_counter()
            if number < len(questions) - count:  # the first ones load what the rest find warm
                continue
            ours.append(answered - begin)
            theirs.append(end - answered)
            for name, took in answer.timings_ms.items():  # type: ignore[union-attr]
                steps.setdefault(name, []).append(took)
    told = ", ".join(f"{name} {np.median(took):.0f}" for name, took in steps.items() if name != "total")
    return ours, theirs, f"median ms of {told}"


class MadeUp:
    """An encoder whose vectors are random but fixed, so that a large index is made in minutes.

    A question costs what it costs the real one, which encodes it as well.
    """

    name, dimension, window = "made-up", 384, 256
    sha256 = "0" * 64

    def __init__(self, real: Encoder) -> None:
        self._real = real

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit-length vectors, one row a text."""
        if len(texts) <= 2:  # a question, alone or with the one before
            self._real.encode(texts)
        rows = np.stack([np.random.default_rng(crc32(text.encode())).standard_normal(self.dimension, np.float32) for text in texts])
        if progress:
            progress(len(texts))
        made: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return made

    def count_tokens(self, text: str) -> int:
        """Words and a few more: near enough for texts that are all short."""
        return len(text.split()) + 2


def made_up(chunks: int) -> list[Document]:
    """Documents of so many short sections, of words that the guides use about as often."""
    words = " ".join(d.text for d in load_folder(bundled_corpus()).documents).replace("|", " ").replace("#", " ").split()
    draw = random.Random(SEED)
    found = []
    for number in range(chunks // SECTIONS):
        parts = [f"# Document {number}"]
        for section in range(SECTIONS):
            told = " ".join(" ".join(draw.choices(words, k=14)).replace(".", "").capitalize() + "." for _ in range(2))
            parts.append(f"## Section {number} {section}\n\n{told}")
        found.append(parse_markdown("\n\n".join(parts), f"made-up-{number}"))
    return found


def growth(settings: Settings, plot: Path) -> Iterator[Line]:
    """Answer time and index size with the number of chunks."""
    model, real = reference(), load_encoder(settings.embedding_model, settings.models_dir)
    medians: dict[int, float] = {}
    sizes: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as place:
        for chunks in SIZES:
            data, encoder = Path(place) / str(chunks), MadeUp(real)
            report = build_index(made_up(chunks), data, encoder, "made-up")
            live = LiveIndex(data, encoder)
            retriever = HybridRetriever(encoder=encoder, reader=live.reader)
            assistant = Assistant(retriever, WordVectors(settings.models_dir).of, live.document, settings.passages, settings.answer_words)
            ours, theirs, parts = _asked(House(assistant, retriever, live), model, 60)
            medians[chunks], spread = middle([seconds * 1000 for seconds in ours])
            sizes[chunks] = sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) / 2**20
            yield Line(f"growth: an answer at {report.manifest.chunks:,} chunks", medians[chunks], "ms", len(ours), spread, note=parts)
            yield Line(f"growth: index at {report.manifest.chunks:,} chunks", sizes[chunks], "MB", 1)
            if chunks == 20_000:
                yield ratio("answer, warm, 20,000 chunks: median against one encoding", ours, theirs, 3.0)
    yield Line("growth: an answer at 100,000 chunks against 10,000", medians[100_000] / medians[10_000], "x", 60, target=2.0)
    _plot(medians, sizes, plot)


def _plot(medians: dict[int, float], sizes: dict[int, float], target: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4))
    for axes, values, label in ((left, medians, "median answer, ms"), (right, sizes, "index, MB")):
        axes.plot(list(values), list(values.values()), "o-")
        axes.set(xscale="log", xlabel="chunks", ylabel=label, ylim=(0, None))
    figure.tight_layout()
    figure.savefig(target)
    pyplot.close(figure)
