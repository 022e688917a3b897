"""Every behaviour of the local Botify that can be chosen, with what it means.

The first value is what the reference holds for likely, or what is stricter towards the client.
"""

from sandbox.botify.fates import FATES
from sandbox.control import Switch


def switches(profile: str) -> dict[str, Switch]:
    """The table. The profile `demo` differs in what makes progress visible: time."""
    demo = profile == "demo"
    return {
        # Who is asked, and how answers look
        "profile_shape": Switch(
            "data",
            "where /authentication/profile says the name: data.username, username, user.username"
            " or login",
            ("data", "username", "user", "login"),
        ),
        "auth_error_body": Switch(
            "envelope",
            "401 and 403 carry Botify's envelope, or the framework's {detail}",
            ("envelope", "framework"),
        ),
        "error_detail": Switch(True, "errors carry error_detail with a reason", bool),
        "project_shape": Switch(
            "organization",
            "a project names its organisation in organization.slug, user.login, both or neither",
            ("organization", "user", "both", "neither"),
        ),
        "user_projects_shape": Switch(
            "array", "GET /users/{org}/projects is a bare array or enveloped", ("array", "envelope")
        ),
        "collections_shape": Switch(
            "array",
            "GET .../collections is a bare array or enveloped",
            ("array", "envelope"),
        ),
        "field_ids": Switch(
            "bare",
            "the data model names fields without or with crawl.<slug>. in front",
            ("bare", "prefixed"),
        ),
        "global_fields": Switch(
            "everywhere",
            "url, protocol, host and segments.* stand in each data model or in that of global only",
            ("everywhere", "global"),
        ),
        "analyses_order": Switch("newest", "order of the analysis lists", ("newest", "oldest")),
        # Requests a second, a day, at once
        "rate_limit": Switch(
            5,
            "requests in any second before 429; null or 0 switches the limit off",
            int,
            optional=True,
        ),
        "rate_limit_scope": Switch(
            "person", "the limit counts per person or per project", ("person", "project")
        ),
        "retry_after": Switch(False, "a 429 says Retry-After (no source documents one)", bool),
        "too_many_code": Switch(True, "a 429 carries code 1053; else its body is empty", bool),
        "exports_per_day": Switch(
            None, "POST /jobs in 24 hours before 429; null: no quota", int, optional=True
        ),
        "running_jobs_limit": Switch(
            None, "running jobs per project before 1052 or 1058; null: no limit", int, optional=True
        ),
        "running_jobs_code": Switch(1052, "which code says so", (1052, 1058)),
        "running_jobs_status": Switch(409, "with which HTTP status", (409, 400)),
        # Queries
        "metrics_required": Switch(
            True, "a query without metrics is refused, as the specification says", bool
        ),
        "query_size_over": Switch(
            "refuse",
            "a page size above 2,000 is refused, clamped to 2,000 or served",
            ("refuse", "clamp", "serve"),
        ),
        "query_terms_limit": Switch(
            500,
            "terms of a filter before 1043 (no figure is published); null: no limit",
            int,
            optional=True,
        ),
        "sort_by_field": Switch(
            True, "sort entries of the form {field, order} are accepted (undocumented)", bool
        ),
        "unfinished_analysis_code": Switch(
            1004, "querying an analysis that is not a success is refused with", (1004, 1033, 1044)
        ),
        "unknown_field_status": Switch(
            400, "HTTP status of 1029, which no source shows", (400, 404, 422)
        ),
        # Creating jobs
        "job_created_status": Switch(201, "HTTP status of a created job", (201, 200)),
        "job_id_form": Switch("number", "job_id is a number or text", ("number", "text")),
        "job_url_form": Switch(
            "relative",
            "job_url is relative, absolute or absent",
            ("relative", "absolute", "absent"),
        ),
        "job_id_given": Switch(True, "the created job says its job_id, or only its job_url", bool),
        "job_metadata": Switch(
            "returned",
            "metadata of a job comes back, is dropped, or is refused with 400",
            ("returned", "dropped", "refused"),
        ),
        "job_user_form": Switch(
            "name",
            "a job's user is a name, an object with username, or absent",
            ("name", "object", "absent"),
        ),
        "job_payload_echo": Switch(
            "exact",
            "the payload comes back as sent, or with the defaults filled in",
            ("exact", "with_defaults"),
        ),
        "direct_download_rows": Switch(
            1_000_000, "the largest export_size of direct_download", int, least=1
        ),
        "export_size_over": Switch(
            "refuse",
            "a larger export_size is refused, or silently cut",
            ("refuse", "cut"),
        ),
        "delivered_rows_limit": Switch(
            None,
            "rows after which a file ends silently whatever export_size says",
            int,
            optional=True,
        ),
        "fields_per_export": Switch(
            None,
            "fields before 1027 (10 on the older export path); null: no limit",
            int,
            optional=True,
        ),
        "multiple_fields_per_export": Switch(
            None,
            "multiple fields before 1028 (1 on the older path); null: no limit",
            int,
            optional=True,
        ),
        "failed_jobs_billed": Switch(True, "a job that fails costs its credits", bool),
        # Their life
        "job_progress_by": Switch(
            "time" if demo else "polls",
            "a job moves on with time, or each time that its state is shown",
            ("polls", "time"),
        ),
        "job_polls": Switch(
            2, "polls: at which showing it has ended; the first is 1", int, least=1
        ),
        "job_polls_created": Switch(0, "polls: how many of them show CREATED", int),
        "job_seconds": Switch(4.0, "time: seconds until it has ended", float),
        "job_seconds_created": Switch(1.0, "time: how many of them show CREATED", float),
        "job_seconds_per_100k_rows": Switch(
            8.0 if demo else 4.0, "time: seconds more per 100,000 rows", float
        ),
        "job_fate": Switch(
            "done",
            "how jobs end unless told one by one (POST /control/botify/fate)",
            tuple(FATES),
        ),
        "results_rows": Switch(
            False, "results also say nb_lines, a key that was reported and never seen", bool
        ),
        "running_results": Switch(
            "null", "results of a running job are null or absent", ("null", "absent")
        ),
        # The list of jobs
        "jobs_list_shows": Switch(
            "own",
            "GET /jobs shows the person's own jobs, everybody's in the projects that the person"
            " may see, or none",
            ("own", "all", "none"),
        ),
        "jobs_list_order": Switch("newest", "its order", ("newest", "oldest")),
        "jobs_list_late": Switch(0, "how many listings do not show a new job yet", int),
        # Files
        "file_format": Switch(
            "gz", "what a file is unless zip was asked for", ("gz", "zip", "plain")
        ),
        "file_gz_members": Switch(
            1, "how many gzip members follow each other in one file", int, least=1
        ),
        "zip_asked_by": Switch(
            "both",
            "extra_config that gives a zip: {filetype: zip}, {compression: zip}, both or neither",
            ("both", "filetype", "compression", "neither"),
        ),
        "default_print_delimiter": Switch(
            True, "the sep= line where formatter_config does not say (official: on)", bool
        ),
        "default_print_header": Switch(
            True, "the header line where formatter_config does not say (official: on)", bool
        ),
        "sep_line": Switch(
            "as_asked",
            "the sep= line is there as asked, always or never",
            ("as_asked", "always", "never"),
        ),
        "multi_values": Switch(
            "comma",
            "several values in one cell: joined by commas, a JSON list, or only the first",
            ("comma", "json", "first"),
        ),
        "csv_booleans": Switch(
            "lower", "true/false, True/False or 1/0", ("lower", "capital", "number")
        ),
        "csv_null": Switch("empty", "no value is an empty cell, or says null", ("empty", "null")),
        "csv_dates": Switch("iso", "2026-07-05T10:00:00 or 2026-07-05 10:00:00", ("iso", "space")),
        "csv_line_end": Switch("crlf", "how lines end", ("crlf", "lf")),
        "csv_quoting": Switch(
            "minimal", "quotes where they are needed, or around every cell", ("minimal", "all")
        ),
        "csv_bom": Switch(False, "the file begins with a byte order mark", bool),
        "file_content_type": Switch(
            "exact",
            "the content type names the format, or is application/octet-stream",
            ("exact", "octet-stream"),
        ),
        "file_ranges": Switch(True, "the file host understands Range requests", bool),
        "file_length": Switch(
            True, "the file host says Content-Length; else the body is chunked", bool
        ),
        "file_redirects": Switch(0, "how many redirects stand before a file", int),
        "file_url_seconds": Switch(
            None,
            "seconds that a download_url works, then 403; each look at the job gives a fresh one;"
            " null: for ever",
            float,
            optional=True,
        ),
        "file_bytes_per_second": Switch(
            150_000 if demo else None,
            "how fast the file host sends; null: at once",
            int,
            optional=True,
            least=1,
        ),
    }
