"""The `action_id` of every button in a message; its value is the delivery's id."""

from typing import Final

STOP: Final = "export_stop"
RETRY: Final = "export_retry"
CHECK_AGAIN: Final = "export_check_again"
START_AGAIN: Final = "export_start_again"
OPEN_BOTIFY: Final = "export_open_botify"
"""A link button: nothing is to be done for it but to acknowledge. Links stand in texts so far,
which work while the app is down; messages of other versions may hold such a button."""
