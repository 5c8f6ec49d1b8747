"""Questions as they compare: whether two are in the same words."""

import re


def plain(question: str) -> str:
    """Its words in small letters, without what stands between them."""
    return " ".join(re.findall(r"\w+", question.lower()))
