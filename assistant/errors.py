"""What can go wrong in a conversation. Every message ends with the next step.

    AssistantError
    ├── InputError       what the user gave cannot be used (exit status 2)
    ├── JournalError     the journal cannot be read or written
    ├── SettingsError    a setting has a value that makes no sense (exit status 2)
    └── StoppedError     a person has stopped the answer that was being written

What goes wrong below is told by ``index.errors``.
"""


class AssistantError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(AssistantError):
    """A question, file or name that cannot be used as given."""


class JournalError(AssistantError):
    """The journal cannot be opened, read or written."""


class SettingsError(AssistantError):
    """A setting has a value that makes no sense."""


class StoppedError(AssistantError):
    """A person has stopped the answer that was being written: nothing of it is kept."""
