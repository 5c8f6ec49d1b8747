"""How fast, measured side by side with what somebody would build instead: ``python -m evals bench``."""
