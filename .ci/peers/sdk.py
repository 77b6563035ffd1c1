"""A tap for the same two exports by Meltano's SDK, as its cookiecutter starts one: .ci/bench compares with it.

It does what such taps usually do, and no more: schemas from files, the API's own link to the next page until that leads
to the page that was just read, a bookmark by updated_at.
"""

import json
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qs

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.pagination import BaseHATEOASPaginator

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


class NextPage(BaseHATEOASPaginator):
    """Follows next_page; the export is over when it is the address of the page that holds it."""

    def get_next_url(self, response):
        following = response.json()["next_page"]
        return following if following.partition("?")[2] != response.request.url.partition("?")[2] else None


class ExportStream(RESTStream):
    primary_keys = ("id",)
    replication_key = "updated_at"
    is_sorted = True

    def __init__(self, tap, name):
        schema = json.loads((SCHEMAS / f"{name}.json").read_text())
        del schema["properties"]["_rescued_data"]  # the SDK drops what a schema does not name
        self.path = f"/api/v2/channels/voice/stats/incremental/{name}.json"
        super().__init__(tap, name=name, schema=schema)

    @property
    def records_jsonpath(self):
        return f"$.{self.name}[*]"

    @property
    def url_base(self):
        return self.config["api_url"]

    @property
    def authenticator(self):
        return BasicAuthenticator(username=f"{self.config['email']}/token", password=self.config["api_token"])

    def get_new_paginator(self):
        return NextPage()

    def get_url_params(self, context, next_page_token):
        if next_page_token:
            return {name: values[0] for name, values in parse_qs(next_page_token.query).items()}
        start = self.get_starting_timestamp(context) or datetime.fromtimestamp(0, timezone.utc)
        return {"start_time": int(start.timestamp())}


class TapZendeskTalkSDK(Tap):
    name = "tap-zendesk-talk-sdk"
    config_jsonschema = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("email", th.StringType, required=True),
        th.Property("api_token", th.StringType, required=True, secret=True),
        th.Property("start_date", th.DateTimeType),
    ).to_dict()

    def discover_streams(self):
        return [ExportStream(self, name) for name in ("calls", "legs")]


if __name__ == "__main__":
    TapZendeskTalkSDK.cli()
