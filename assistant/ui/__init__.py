"""The Gradio page: wiring and rendering only. What is said and kept is decided in the modules above."""
