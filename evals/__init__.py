"""Question sets, metrics, fitting and reports. Run from the root: ``python -m evals``. Not shipped."""
