"""What is known about an export between two states: numbers that need not survive a restart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Live figures for the progress message and the terminal. None means not known.

    Attributes:
        downloaded: bytes received from the file host, as transferred; of all parts.
        download_total: bytes that the file host announced, once it did for all parts.
        uploaded: bytes sent to Slack.
        upload_total: bytes to send.
        usual_seconds: how long Botify usually takes for this many rows, from finished exports.
        trouble: a sentence about something that is being retried, such as "Botify does not
            answer at the moment; still trying."
    """

    downloaded: int | None = None
    download_total: int | None = None
    uploaded: int | None = None
    upload_total: int | None = None
    usual_seconds: float | None = None
    trouble: str | None = None


NO_PROGRESS = Progress()


def percent(done: int | None, total: int | None) -> int | None:
    """Whole per cent from 0 to 100; None unless both numbers are known and sensible."""
    if done is None or not total or total < 0:
        return None
    return max(0, min(100, done * 100 // total))
