"""Training goes on from the shipped cross-encoder: its weights go back into the torch module that they came from."""

import numpy as np
import torch

from assistant.crossencoder import load_cross_encoder
from evals.fit import CROSS_ENCODER
from evals.train import new_model, take_weights

QUESTION = "How long does the recruiter screen take?"
TEXTS = [
    "Rounds | The recruiter screen takes 30 minutes.",
    "Rounds | The recruiter screen comes first.",
    "Tea | White tea is picked in spring.",
]


def test_an_exported_cross_encoder_reads_as_it_did_before() -> None:
    model, tokenizer = new_model()
    take_weights(model, CROSS_ENCODER)
    model.eval()
    encoded = tokenizer([QUESTION] * len(TEXTS), TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(encoded["input_ids"], encoded["attention_mask"], encoded["token_type_ids"]).numpy()
    assert np.allclose(logits, load_cross_encoder().logits(QUESTION, TEXTS), atol=1.0)  # 8 bits are not 32
    assert logits[0] > logits[1] > logits[2]
