"""A WSGI application with a template and late imports."""
import jinja2

PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader("/srv/app/pages"), autoescape=True)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    kind = "text/plain"
    if path == "/zone":
        import datetime, zoneinfo
        body = str(datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc).astimezone(zoneinfo.ZoneInfo("Asia/Tokyo")).hour)
    elif path == "/sqlite":
        import sqlite3
        body = sqlite3.connect(":memory:").execute("select upper('vasa')").fetchone()[0]
    elif path == "/ssl":
        import ssl
        body = str(len(ssl.create_default_context().get_ca_certs()) > 50)
    elif path == "/boom":
        raise RuntimeError("wreck")
    else:
        kind = "text/html"
        body = PAGES.get_template("page.html" if path == "/" else "other.html").render(name="<Vasa>")
    start_response("200 OK", [("Content-Type", kind)])
    return [body.encode()]
