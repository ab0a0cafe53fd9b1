"""What a user gets wrong on the command line."""


class UsageError(ValueError):
    """Bad input; the message says what, where and how to mend it. Exit code 2."""
