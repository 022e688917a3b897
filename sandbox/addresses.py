"""Where everything is and what opens it: the line that the sandbox prints at its start."""

import dataclasses
import json

SLACK_BOT_TOKEN = "xoxb-sandbox-bot"
SLACK_APP_TOKEN = "xapp-sandbox-app"
BOTIFY_API_TOKEN = "sandbox-botify-token"


@dataclasses.dataclass(frozen=True)
class Addresses:
    """The addresses and the tokens that whoever uses the sandbox needs."""

    page: str
    slack_api_url: str
    control: str
    botify_api_url: str
    files_origin: str
    slack_bot_token: str = SLACK_BOT_TOKEN
    slack_app_token: str = SLACK_APP_TOKEN
    botify_api_token: str = BOTIFY_API_TOKEN

    def line(self) -> str:
        return json.dumps(dataclasses.asdict(self))
