"""The space of questions: what asks for the same comes near there, and an index keeps to the space that it was made in."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from index.build import build_index
from index.documents import Asked, Document
from index.embedding import Encoder
from index.errors import StaleIndexError
from index.generations import Generations, read_manifest, write_manifest
from index.questionspace import FILE, question_space
from index.reader import IndexReader
from index.retriever import HybridRetriever
from tests.encoders import CountingEncoder

TEXT = "The ferry to Arran takes 55 minutes. It has room for 120 cars. Dogs travel free."
ASKED = (
    Asked(0, ("How long is the ferry to Arran?", "how long does the crossing take"), ("How often does the ferry sail?",)),
    Asked(TEXT.index("It has"), ("How many cars fit on it?",), ()),
)


@pytest.fixture
def indexed(encoder: Encoder, tmp_path: Path) -> Callable[[], int]:
    """Indexes a guide of ferries and tells how many texts had to be encoded."""

    def build() -> int:
        return build_index([Document("ferries", "Ferries", TEXT, asked=ASKED)], tmp_path, encoder, "here").encoded

    return build


def test_a_vector_alone_and_among_others_is_the_same_and_of_unit_length(encoder: Encoder) -> None:
    space, vectors = question_space(encoder), encoder.encode(["How long is the ferry?", "What does it cost?"])
    among = space.of_all(vectors)
    assert among.shape == (2, space.dimension)
    assert np.linalg.norm(among, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert space.of(vectors[1]) == pytest.approx(among[1], abs=1e-5)


def test_two_ways_to_ask_one_thing_come_nearer_than_another_detail_of_it(encoder: Encoder) -> None:
    space = question_space(encoder)
    asked, same, other = encoder.encode(
        ["What does a senior AI PM earn?", "pay of senior ai product managers", "What does a senior AI PM do all day?"]
    )
    before = asked @ same - asked @ other
    asked, same, other = space.of_all(np.stack([asked, same, other]))
    assert asked @ same - asked @ other > max(before, 0)


def test_another_model_compares_questions_in_its_own_space() -> None:
    space, vectors = question_space(CountingEncoder()), np.eye(8, dtype=np.float32)
    assert space.sha256 == ""
    assert (space.of_all(vectors) == vectors).all()
    assert (space.of(vectors[0]) == vectors[0]).all()


def test_the_space_is_the_one_that_its_record_tells_of() -> None:
    folder = Path(__file__).parents[1] / "index"
    kept = json.loads((folder / FILE).with_suffix(".json").read_text())
    assert sha256((folder / FILE).read_bytes()).hexdigest() == kept["sha256"]


def test_an_index_of_another_space_is_stale_and_made_anew_without_encoding_anything(
    indexed: Callable[[], int], encoder: Encoder, tmp_path: Path
) -> None:
    assert indexed() > 0
    folder = Generations(tmp_path).current()
    write_manifest(folder, replace(read_manifest(folder), questions_sha256="0" * 64))
    with pytest.raises(StaleIndexError, match="space of questions"):
        IndexReader(folder, encoder)
    assert indexed() == 0
    reader = IndexReader(Generations(tmp_path).current(), encoder)
    assert reader.manifest.questions_sha256 == question_space(encoder).sha256
    assert reader.compared_asks == pytest.approx(question_space(encoder).of_all(reader.ask_vectors), abs=1e-6)


def test_a_span_has_the_greater_share_the_nearer_its_questions_come(indexed: Callable[[], int], encoder: Encoder, tmp_path: Path) -> None:
    indexed()
    reader = IndexReader(Generations(tmp_path).current(), encoder)
    (passage,) = HybridRetriever(encoder=encoder, reader=lambda: reader).retrieve("how long does the ferry to arran take").passages
    minutes, cars, dogs = np.exp(passage.ask_share)
    assert minutes > max(cars, dogs) > 0
    assert 0.5 < minutes < minutes + cars + dogs < 1  # the rest is what is known to be missed
