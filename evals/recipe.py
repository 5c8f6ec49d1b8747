"""The plain recipe that this assistant is measured against: LangChain's splitter, MiniLM, Chroma, similarity search.

``python -m evals recipe``: 1,000 characters a chunk with 200 of overlap, the three nearest chunks are the answer, and the
cosine of the nearest is all there is to refuse by. What most people would build in an afternoon.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from evals.cases import Case, holds
from index.loaders import bundled_corpus, load_folder

CHUNK, OVERLAP, SHOWN = 1_000, 200, 3


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """What became of one case."""

    answerable: bool
    right_first: bool  # the nearest chunk holds every fact
    right_shown: bool  # the nearest ``SHOWN`` together do
    words: int
    cosine: float


def opened(place: Path | None) -> Any:
    """The recipe's store over the bundled guides: in a folder, filled where it is empty, or in memory."""
    import chromadb
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    from index.embedding import default_model_folder

    model = SentenceTransformer(str(default_model_folder()), device="cpu", local_files_only=True)

    class MiniLM(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [list(map(float, row)) for row in model.encode(texts, normalize_embeddings=True)]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    client = chromadb.PersistentClient(str(place)) if place else chromadb.EphemeralClient()
    store = Chroma("recipe", MiniLM(), client=client, collection_metadata={"hnsw:space": "cosine"})
    if not store.get(limit=1)["ids"]:
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
        store.add_texts([chunk for document in load_folder(bundled_corpus()).documents for chunk in splitter.split_text(document.text)])
    return store


def ask_all(cases: Sequence[Case]) -> list[RecipeRow]:
    """Ask every case's last turn of the bundled guides."""
    store = opened(None)
    rows = []
    for case in cases:
        found = store.similarity_search_with_score(case.question, k=SHOWN)
        texts = [document.page_content for document, _ in found]
        shown = "\n".join(texts)
        first, together = (case.answerable and all(holds(text, fact) for fact in case.facts) for text in (texts[0], shown))
        rows.append(RecipeRow(case.answerable, first, together, len(shown.split()), 1 - float(found[0][1])))
    return rows


def told(rows: Sequence[RecipeRow]) -> list[str]:
    """The recipe's figures in lines."""
    yes, no = [r for r in rows if r.answerable], [r for r in rows if not r.answerable]
    threshold = float(np.quantile([r.cosine for r in yes], 0.10))
    return [
        f"answerable: every fact in the nearest chunk {np.mean([r.right_first for r in yes]):.3f}, in the nearest {SHOWN} "
        f"{np.mean([r.right_shown for r in yes]):.3f} (n={len(yes)}), {np.median([r.words for r in rows]):.0f} words at the median",
        f"AUROC of the cosine, answerable against not {_auroc(rows):.3f} (n={len(rows)})",
        f"unanswerable refused at 10% false refusals {np.mean([r.cosine < threshold for r in no]):.3f} (n={len(no)})",
    ]


def _auroc(rows: Sequence[RecipeRow]) -> float:
    return float(roc_auc_score([r.answerable for r in rows], [r.cosine for r in rows]))


if __name__ == "__main__":  # one question in a process of its own, for its cold start: python -m evals.recipe FOLDER QUESTION
    print("\n\n".join(document.page_content for document in opened(Path(sys.argv[1])).similarity_search(sys.argv[2], k=SHOWN)))
