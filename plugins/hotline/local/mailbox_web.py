"""The mailbox's page: a list, and each message as HTML (sandboxed), as text, and raw. On loopback only."""

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from jinja2 import DictLoader, Environment

from hotline.local.mailbox import Mail, read_mail

_LISTED = 500  # messages shown on the first page
_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }}</title>
{% if refresh %}<meta http-equiv="refresh" content="5">{% endif %}
<style>body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:70rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd;
vertical-align:top}th{font-weight:600}td:first-child{white-space:nowrap;color:#555}a{color:#0b57a4}
iframe{width:100%;height:60vh;border:1px solid #ccc}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;
padding:1rem}</style>{% block content %}{% endblock %}</html>"""
_LIST = """{% extends "frame" %}{% block content %}<h1>Mailbox <small>{{ total }}</small></h1>
{% if mails %}<table><tr><th>Received (UTC)<th>To<th>Subject</tr>
{% for mail in mails %}<tr><td>{{ mail.received_at.strftime("%Y-%m-%d %H:%M:%S") }}<td>{{ mail.message["To"] or "" }}
<td><a href="/mail/{{ mail.name }}">{{ mail.message["Subject"] or "(no subject)" }}</a></tr>{% endfor %}</table>
{% else %}<p>No mail yet. This page looks again every 5 seconds.</p>{% endif %}{% endblock %}"""
_MAIL = """{% extends "frame" %}{% block content %}
<p><a href="/">All mail</a> · <a href="/mail/{{ mail.name }}/raw">Raw</a></p>
<h1>{{ mail.message["Subject"] or "(no subject)" }}</h1><table>
{% for name in ("From", "To", "Date", "Message-ID", "List-Id") if mail.message[name] %}
<tr><th>{{ name }}<td>{{ mail.message[name] }}</tr>{% endfor %}</table>
{% if html %}<h2>HTML</h2><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mail/{{ mail.name }}/html"
title="The message as HTML"></iframe>{% endif %}
{% if plain %}<h2>Plain text</h2><pre>{{ plain }}</pre>{% endif %}{% endblock %}"""
_PAGES = Environment(autoescape=True, loader=DictLoader({"frame": _FRAME, "list": _LIST, "mail": _MAIL}))
# A message is somebody else's text: no script, nothing fetched, no origin.
_SANDBOX = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"


def serve_pages(folder: Path, port: int) -> ThreadingHTTPServer:
    """Serve the mailbox in `folder` from a thread of its own until `shutdown()` is called on what is returned."""

    class Handler(_Pages):
        mails = folder

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="mailbox pages", daemon=True).start()
    return server


class _Pages(BaseHTTPRequestHandler):
    mails: Path

    def do_GET(self) -> None:
        # A page elsewhere must not read this one by giving its own name our address (DNS rebinding).
        if self.headers.get("Host", "").partition(":")[0] not in {"127.0.0.1", "localhost"}:
            self._send("This server answers to localhost only.", "text/plain", status=HTTPStatus.MISDIRECTED_REQUEST)
            return
        match self.path.strip("/").split("/"):
            case [""]:
                self._list()
            case ["mail", name, *view] if len(view) < 2 and (mail := self._find(name)):
                self._show(mail, view[0] if view else "")
            case _:
                self._send("No such page.", "text/plain", status=HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
        """Say nothing: the page asks every 5 seconds."""

    def _find(self, name: str) -> Mail | None:
        # Looked up among what is there, so that no name leads out of the folder.
        path = next((path for path in self.mails.glob("*.eml") if path.stem == name), None)
        return read_mail(path) if path else None

    def _list(self) -> None:
        paths = sorted(self.mails.glob("*.eml"), reverse=True)
        mails = [read_mail(path) for path in paths[:_LISTED]]
        self._page("list", title=f"Mailbox ({len(paths)})", mails=mails, total=len(paths), refresh=True)

    def _show(self, mail: Mail, view: str) -> None:
        if view == "raw":
            self._send(mail.path.read_text(errors="replace"), "text/plain")
        elif view == "html":
            self._send(f'<base target="_blank">{mail.body("html")}', "text/html", _SANDBOX)
        else:
            bodies = {kind: mail.body(kind) for kind in ("html", "plain")}
            self._page("mail", title=mail.message["Subject"] or "Mail", mail=mail, **bodies)

    def _page(self, name: str, **values: object) -> None:
        self._send(_PAGES.get_template(name).render(values), "text/html")

    def _send(self, text: str, kind: str, policy: str = _PAGE_POLICY, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)
