"""Every error that a person can meet, as a small tree.

    ProductError                      a sentence, a next step, an id, and whether a repeat is safe
    ├── WrongInput                    what the person gave cannot be used         (exit status 2)
    │   ├── WrongLink                 the pasted text is no link to a Botify project
    │   ├── WrongField                a field that the analysis lacks or cannot export
    │   ├── WrongAnalysis             an analysis that does not exist or is not finished
    │   ├── NoRows                    nothing passes the filters down to the depth
    │   └── NothingFits               no choice of rows stays under the row limit
    ├── BotifyRefused                 Botify answered no                          (exit status 3)
    │   ├── TokenRefused              401, or an account without API access
    │   ├── PermissionRefused         403: the token's person has no right to this
    │   ├── NotFound                  project, analysis or job does not exist
    │   ├── QuotaReached              a limit of the contract, or a 429 that lasts
    │   ├── ExportBusy                1052, 1058: another export is running
    │   └── QueryRefused              the query itself was not accepted
    ├── BotifyUnreachable             no usable answer: network, 5xx, HTML, nonsense (exit status 5)
    │   └── RateLimited               429: not executed, may be repeated after a time
    ├── ExportFailed                  Botify ended the job without a usable file  (exit status 4)
    │   └── FileMissing               Botify says done, and names no file
    ├── DownloadFailed                the file could not be fetched or is broken  (exit status 5)
    │   ├── FileGone                  403, 404, 410 from the file host
    │   ├── FileBroken                cut off, wrong length, not what it claims to be
    │   └── HostNotAllowed            a download address that must not be asked
    ├── SlackRefused                  Slack answered no
    │   ├── ChannelClosed             the app cannot post in this conversation
    │   ├── MessageLost               the message to edit is gone or closed
    │   ├── InstallationGone          the token was revoked or the app removed
    │   └── ContentRefused            Slack does not accept the blocks or the text
    ├── SlackUnreachable              no usable answer from Slack
    │   └── SlackRateLimited          429: not executed, the whole method waits
    ├── DiskFull                      not enough room in DATA_DIR
    ├── DiskRefused                   DATA_DIR cannot be written or read
    ├── Stale                         another process owns this work now
    └── NotSetUp                      a setting is missing or wrong

The sentence is written once, where the class is defined or where the facts are known; handlers,
the terminal and the log all show the same one. The next step has two readers: in Slack a person
who cannot change a setting (`next_step`), in the terminal and in `doctor` the person who can
(`advice`).
"""

from enum import StrEnum

from bot.model.ids import new_error_id

TELL = "Please tell the person who runs this app."
AFTER_A_WHILE = "Try again in a few minutes."


class Repeat(StrEnum):
    """What is known about a call that did not succeed."""

    NOT_SENT = "not_sent"  # provably not executed: it may be repeated
    UNKNOWN = "unknown"  # perhaps executed: look before repeating
    DONE = "done"  # executed, and the answer is final: repeating changes nothing


class ProductError(Exception):
    """Something a person should be told, in one sentence, with the next step.

    Attributes:
        sentence: what happened, for a person, without jargon.
        next_step: what the person can do now, in Slack: no names of settings.
        remedy: what the person who runs this app can do; None where `next_step` says it.
        repeat: whether the call that failed may be repeated.
        code: a stable name for logs, tests and the database (the class name in snake case).
        error_id: stands in the message and in the log.
        logged: whether its line stands in the log already.
    """

    sentence = "Something went wrong."
    next_step = "Try again; if it happens again, tell the person who runs this app."
    remedy: str | None = None
    repeat = Repeat.DONE
    logged = False

    def __init__(
        self,
        sentence: str | None = None,
        next_step: str | None = None,
        *,
        remedy: str | None = None,
        repeat: Repeat | None = None,
        error_id: str | None = None,
    ) -> None:
        self.sentence = sentence or type(self).sentence
        self.next_step = next_step or type(self).next_step
        # a next step of its own must not be contradicted by the remedy of the class
        self.remedy = remedy or (None if next_step else type(self).remedy)
        self.repeat = repeat or type(self).repeat
        self.error_id = error_id or new_error_id()
        super().__init__(self.sentence)

    @property
    def code(self) -> str:
        """The class name in snake case: `FileBroken` is `file_broken`."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

    @property
    def advice(self) -> str:
        """The next step for the person who runs this app."""
        return self.remedy or self.next_step

    def __str__(self) -> str:
        return f"{self.sentence} {self.advice} ({self.error_id})"


class WrongInput(ProductError):
    sentence = "This cannot be used."
    next_step = "Correct it and try again."


class WrongLink(WrongInput):
    sentence = "This is not a link to a Botify project."
    next_step = "Open the project in Botify and copy the address from the browser."


class WrongField(WrongInput):
    sentence = "A field is not available in this analysis."
    next_step = "Choose other fields."


class WrongAnalysis(WrongInput):
    sentence = "This analysis cannot be exported."
    next_step = "Choose an analysis that has finished."


class NoRows(WrongInput):
    sentence = "There are no URLs to export."
    next_step = "Choose another filter, depth or analysis."


class NothingFits(WrongInput):
    sentence = "No depth of this site fits under the row limit."
    next_step = (
        "Add a filter so that fewer URLs remain, or ask the person who runs this app for a "
        "higher row limit."
    )
    remedy = (
        "Add a filter so that fewer URLs remain, or raise BOTIFY_ROW_LIMIT if your Botify "
        "contract allows it."
    )


class BotifyRefused(ProductError):
    sentence = "Botify refused the request."
    next_step = "Check the project in Botify, then try again."


class TokenRefused(BotifyRefused):
    sentence = "Botify does not accept the API token."
    next_step = TELL
    remedy = (
        "Copy the current token from https://app.botify.com/account into BOTIFY_API_TOKEN, then "
        "start the app."
    )


class PermissionRefused(BotifyRefused):
    sentence = "The Botify account of this app may not see this project."
    next_step = "Ask the project's owner in Botify to give that account this right."


class NotFound(BotifyRefused):
    sentence = "Botify does not know this."
    next_step = "Check the link: the project or the analysis may have been renamed or deleted."


class QuotaReached(BotifyRefused):
    sentence = "Botify's limit for this account has been reached."
    next_step = "Try again later, or ask your Botify contact about the quota."


class ExportBusy(BotifyRefused):
    sentence = "Botify says that another export is already running."
    next_step = AFTER_A_WHILE
    repeat = Repeat.UNKNOWN


class QueryRefused(BotifyRefused):
    sentence = "Botify did not accept the query."
    next_step = "Choose fewer or other fields, then try again."


class BotifyUnreachable(ProductError):
    sentence = "Botify did not give a usable answer."
    next_step = AFTER_A_WHILE
    repeat = Repeat.UNKNOWN


class RateLimited(BotifyUnreachable):
    """429 from Botify: not executed.

    Attributes:
        retry_after: seconds that Botify asked to wait, or None when it did not say.
    """

    sentence = "Botify is limiting our requests."
    next_step = AFTER_A_WHILE
    repeat = Repeat.NOT_SENT

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class ExportFailed(ProductError):
    sentence = "Botify could not make this export."
    next_step = "Try again; a new attempt uses new credits."


class FileMissing(ExportFailed):
    next_step = "Try again: Botify is asked for the same export once more."


class DownloadFailed(ProductError):
    sentence = "The file could not be downloaded from Botify."
    next_step = "Try again; the finished export is not paid twice."
    repeat = Repeat.NOT_SENT


class FileGone(DownloadFailed):
    sentence = "Botify's file host no longer has the file."


class FileBroken(DownloadFailed):
    """What arrived is not the file.

    Attributes:
        detail: the technical cause, with its position in the transfer; for the log.
    """

    sentence = "The file arrived damaged."

    def __init__(
        self,
        sentence: str | None = None,
        next_step: str | None = None,
        *,
        detail: str | None = None,
        repeat: Repeat | None = None,
    ) -> None:
        super().__init__(sentence, next_step, repeat=repeat)
        self.detail = detail


class HostNotAllowed(DownloadFailed):
    sentence = "Botify named a download address that this app must not open."
    next_step = TELL
    remedy = "For local use a host can be allowed with BOTIFY_DOWNLOAD_HOSTS."
    repeat = Repeat.DONE


class SlackRefused(ProductError):
    sentence = "Slack refused the request."
    next_step = "Try again, or choose another channel."


class ChannelClosed(SlackRefused):
    sentence = "The app cannot post in this conversation."
    next_step = "Invite the app there, or choose another channel."


class MessageLost(SlackRefused):
    sentence = "The progress message can no longer be edited."
    next_step = "A new message takes its place."


class InstallationGone(SlackRefused):
    sentence = "Slack does not accept this app's token."
    next_step = TELL
    remedy = (
        "Copy the Bot User OAuth Token (xoxb-...) from the app's page at api.slack.com into "
        "SLACK_BOT_TOKEN again; if the app was removed, install it first."
    )


class ContentRefused(SlackRefused):
    sentence = "Slack did not accept the form of a message."
    next_step = TELL


class SlackUnreachable(ProductError):
    sentence = "Slack did not give a usable answer."
    next_step = AFTER_A_WHILE
    remedy = "Check this machine's connection to slack.com, and SLACK_API_URL if it is set."
    repeat = Repeat.UNKNOWN


class SlackRateLimited(SlackUnreachable):
    """429 from Slack: not executed; the whole method waits.

    Attributes:
        retry_after: seconds that Slack asked to wait.
    """

    sentence = "Slack is limiting our requests."
    repeat = Repeat.NOT_SENT

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class DiskFull(ProductError):
    sentence = "There is not enough room on the disk for this file."
    next_step = "Tell the person who runs this app; try again when there is room."
    remedy = "Free some space in DATA_DIR, then try again."


class DiskRefused(ProductError):
    sentence = "The app cannot use its folder for files."
    next_step = "Tell the person who runs this app; try again when it is mended."
    remedy = "Look at the owner, the mode and the disk of DATA_DIR, then try again."


class Stale(ProductError):
    sentence = "Another process has taken over this export."
    next_step = "Nothing needs to be done."


class NotSetUp(ProductError):
    """A setting, a file or a permission is missing or wrong: only a remedy helps."""

    sentence = "A setting is missing or wrong."
    next_step = TELL
    remedy = "Run `botify-export doctor`."

    def __init__(
        self,
        sentence: str | None = None,
        remedy: str | None = None,
        *,
        repeat: Repeat | None = None,
        error_id: str | None = None,
    ) -> None:
        super().__init__(sentence, remedy=remedy, repeat=repeat, error_id=error_id)
