"""files.getUploadURLExternal, files.completeUploadExternal, files.info, files.delete."""

from typing import Any

from sandbox.slack import channels, files, limits, messages, surfaces
from sandbox.slack.errors import SlackError, detailed
from sandbox.slack.platform import Platform
from sandbox.slack.schema import problems, said, string
from sandbox.slack.views import with_ids
from sandbox.slack.workspace import Channel, StoredFile

Json = dict[str, Any]


def get_upload_url(platform: Platform, arguments: Json) -> Json:
    """Reserve a place for a file of exactly this length."""
    length = arguments["length"]
    if length <= 0:
        raise SlackError("missing_argument")
    if length > int(platform.switches["upload_limit_bytes"].value):
        raise SlackError("file_upload_size_restricted")
    if len(arguments.get("alt_txt", "")) > limits.ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    if arguments.get("snippet_type") and length > limits.SNIPPET_BYTES:
        raise SlackError("snippet_too_large")
    file = files.reserve(platform, arguments["filename"], length)
    return {"upload_url": f"{platform.origin}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(platform: Platform, arguments: Json) -> Json:
    """Turn uploaded bytes into files and share them, once."""
    wanted = arguments["files"]
    if not isinstance(wanted, list) or not wanted:
        raise detailed("invalid_arguments", [said("no less than 1 items allowed", "/files")])
    if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in wanted):
        raise detailed("invalid_arguments", [said("missing required field: id", "/files/0")])
    found = [files.completable(platform, item["id"]) for item in wanted]
    targets = _targets(platform, arguments)
    root = None
    if arguments.get("thread_ts"):
        if len(targets) != 1:
            raise detailed("invalid_arguments", [said("needs exactly one channel", "/thread_ts")])
        root = messages.thread_root(platform, targets[0], arguments["thread_ts"])
    comment = arguments.get("initial_comment") or ""
    blocks = None if comment else arguments.get("blocks")
    if blocks is not None:
        if wrong := surfaces.message_problems(blocks, platform.manifest.scopes):
            raise detailed("invalid_blocks", wrong)
        blocks = with_ids(platform.workspace, blocks)
    for file, item in zip(found, wanted, strict=True):
        file.completed = platform.clock.now()
        file.title = item.get("title") or file.name
        file.initial_comment = comment
        file.channels = [channel.id for channel in targets]
    if platform.switches["shares"].value == "listed":
        content = messages.Content(comment, blocks, None, None)
        wait = float(platform.switches["share_after_seconds"].value)
        if wait > 0:
            platform.later(_share_later(platform, wait, found, targets, content, root))
        else:
            _share(platform, found, targets, content, root)
    return {"files": [files.as_api(platform, file) for file in found]}


def info(platform: Platform, arguments: Json) -> Json:
    """What is known of a file, its shares among it once they are there."""
    file = files.known(platform, arguments["file"])
    file.info_calls += 1
    return {
        "file": files.as_api(platform, file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def delete(platform: Platform, arguments: Json) -> Json:
    """Delete a file of the app."""
    file = files.known(platform, arguments["file"])
    files.remove(platform, file)
    return {}


async def _share_later(
    platform: Platform,
    seconds: float,
    found: list[StoredFile],
    targets: list[Channel],
    content: messages.Content,
    root: str | None,
) -> None:
    await platform.clock.sleep(seconds)
    _share(platform, found, targets, content, root)


def _share(
    platform: Platform,
    found: list[StoredFile],
    targets: list[Channel],
    content: messages.Content,
    root: str | None,
) -> None:
    """Post the message that carries the files; who was thrown out meanwhile posts nothing."""
    for channel in targets:
        if channel.is_archived or not platform.workspace.app_is_in(channel):
            continue
        present = [file for file in found if not file.deleted]
        message = messages.post(
            platform, channel, content, thread_ts=root, file_ids=[file.id for file in present]
        )
        for file in present:
            files.share(platform, file, message)


def _targets(platform: Platform, arguments: Json) -> list[Channel]:
    """The conversations to share in, each by its id."""
    named = [arguments["channel_id"]] if arguments.get("channel_id") else []
    key = "channel_id" if named else "channels"
    named = named or arguments.get("channels") or []
    if len(named) > limits.COMPLETE_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    wrong = [
        complaint
        for name in named
        for complaint in problems(string(pattern=rf"^{channels.ID}$"), name, f"/{key}")
    ]
    if wrong:
        raise detailed("invalid_arguments", wrong)
    return [channels.shareable(platform, name) for name in named]
