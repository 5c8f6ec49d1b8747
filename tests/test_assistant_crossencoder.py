"""The cross-encoder tells what answers from what is only about the thing, one span at a time."""

import numpy as np

from assistant.crossencoder import load_cross_encoder

QUESTION = "How long does the recruiter screen take?"
ANSWERS = "Rounds | The recruiter screen takes 30 minutes."
BESIDE = "Rounds | The recruiter screen comes first and is about motivation."
FAR = "Tea | White tea is picked in spring."


def test_the_span_that_answers_is_above_the_one_that_lacks_the_detail() -> None:
    answers, beside, far = load_cross_encoder().logits(QUESTION, [ANSWERS, BESIDE, FAR])
    assert answers > 0 > far
    assert answers > beside


def test_a_logit_does_not_move_with_what_is_read_beside_it() -> None:
    cross = load_cross_encoder()
    alone = [float(cross.logits(QUESTION, [text])[0]) for text in (ANSWERS, BESIDE, FAR)]
    assert np.allclose(cross.logits(QUESTION, [ANSWERS, BESIDE, FAR]), alone, atol=1e-6)
    assert np.allclose(cross.logits(QUESTION, [FAR * 20, ANSWERS])[1], alone[0], atol=1e-6)


def test_nothing_to_read_is_no_logit() -> None:
    assert load_cross_encoder().logits(QUESTION, []).shape == (0,)
