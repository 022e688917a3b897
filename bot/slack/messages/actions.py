"""The `action_id` of every button in a message; its value is the delivery's id."""

from typing import Final

STOP: Final = "export_stop"
RETRY: Final = "export_retry"
CHECK_AGAIN: Final = "export_check_again"
START_AGAIN: Final = "export_start_again"
