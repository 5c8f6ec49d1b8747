"""Conversation -> answer with citations, confidence and limits; the journal, the terminal and the page."""
