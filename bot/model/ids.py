"""Identifiers that people read aloud and programs search for.

All are Crockford base 32 (no I, L, O, U), so that none can be misread. Random bits are chosen
so that a collision within one installation is not expected in its lifetime.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_export_id() -> str:
    """Ten characters, 50 bits: stands in file names, messages, the database and the log."""
    return _random(10)


def new_delivery_id() -> str:
    """Twelve characters: one destination of one export."""
    return _random(12)


def new_draft_id() -> str:
    """Twenty characters, 100 bits: not guessable, because it is all that a modal carries."""
    return _random(20)


def new_owner_id() -> str:
    """Sixteen characters: one running process."""
    return _random(16)


def new_error_id() -> str:
    """Six characters behind `E-`: what a person quotes and an operator finds in the log."""
    return f"E-{_random(6)}"
