"""The page of the local workspace: what a person sees and presses instead of Slack's client.

Plain HTML, CSS and ES modules in `static/`, without a build step; everything comes from there,
nothing from elsewhere, and `index.html` carries the policy that makes the browser hold to it. It
speaks only to `/client/` (a person's hands, see `sandbox.slack.people`) and to `/control/` (the
side panel *Behind the scenes*), as any other client could. `sandbox.slack.static` serves it.

Addresses: `/?user=U…&channel=C…&thread=TS&ts=TS` opens a place as a person; `ts` shows a message.

Hooks for tests, in the order in which they should be tried: accessible roles and names; then
`data-` attributes, which are stable: `data-connected` on `<html>` (`true` while the event stream
is open), `data-channel-id`, `data-message-ts`, `data-file-id`, `data-view-id`, `data-callback-id`,
`data-block-id`, `data-block-type`, `data-action-id`, `data-value` (of options and chips),
`data-switch` (rows of *Break something*), `data-job-id`, `data-entry` (lines of the journal),
`data-step` (of the tour).
"""
