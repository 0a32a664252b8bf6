"""What a text must be to be recorded: there when it is needed, and no longer than people will read."""

from shared.domain import Invalid


class TextMissing(Invalid):
    """Write something here."""


class TextTooLong(Invalid):
    """Use at most {maximum} characters."""


def required(value: str, field: str, maximum: int) -> str:
    """Give the text without the white space around it; raise TextMissing or TextTooLong, naming the field."""
    text = optional(value, field, maximum)
    if not text:
        raise TextMissing(field=field)
    return text


def optional(value: str, field: str, maximum: int) -> str:
    """Give the text without the white space around it; raise TextTooLong, naming the field."""
    text = value.strip()
    if len(text) > maximum:
        raise TextTooLong(field=field, maximum=maximum)
    return text
