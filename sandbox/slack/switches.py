"""What can be chosen about the local Slack while it runs."""

from sandbox.control import Switch
from sandbox.slack import limits


def build(profile: str) -> dict[str, Switch]:
    """The switches with their first values: for tests, or for the demo, where time is seen."""
    demo = profile == "demo"
    return {
        "rate_limits": Switch(True, "429 above a method's tier and above 1 post a second", bool),
        "connections_open_tier": Switch(
            3, "the tier of apps.connections.open: the sources disagree", (1, 3)
        ),
        "restricted_history": Switch(
            False, "conversations.history and .replies as for new non-Marketplace apps", bool
        ),
        "new_blocks": Switch(
            True, "off: plan, table and the other new blocks are invalid_blocks", bool
        ),
        "edit_window_closed": Switch(
            None,
            "seconds after which chat.update answers edit_window_closed; null: never",
            float,
            optional=True,
        ),
        "share_after_calls": Switch(
            1 if demo else 2,
            "the files.info call after completion that lists the shares",
            int,
            least=1,
        ),
        "share_after_seconds": Switch(
            1.0 if demo else 0.0, "how long after completion the file's message appears", float
        ),
        "shares": Switch("listed", "never: completed files never appear", ("listed", "never")),
        "upload_twice": Switch(
            "refused", "a second POST to one upload URL: not documented", ("refused", "accepted")
        ),
        "upload_limit_bytes": Switch(
            int(limits.FILE_BYTES), "above it: file_upload_size_restricted", int
        ),
        "bot_token": Switch(
            "valid", "what Slack thinks of the bot token", ("valid", "revoked", "inactive")
        ),
        "app_token": Switch("valid", "what Slack thinks of the app token", ("valid", "revoked")),
        "sockets": Switch(
            "accepted",
            "refused: WebSockets are answered with 403; off: Socket Mode is switched off",
            ("accepted", "refused", "off"),
        ),
        "connection_seconds": Switch(
            float(limits.CONNECTION_SECONDS),
            "how long a socket lives before its refresh",
            float,
            least=0.01,
        ),
        "command_links": Switch(
            "bare",
            "a link in an escaped command: <url>, <url|label>, or as typed",
            ("bare", "labelled", "raw"),
        ),
        "shared_channels": Switch(
            "open", "denied: posting into shared channels is restricted_action", ("open", "denied")
        ),
    }
