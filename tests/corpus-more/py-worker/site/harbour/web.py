import datetime
import importlib
import io
import subprocess

import click
from flask import Flask, Response, abort, jsonify, render_template, request
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine("sqlite:////data/harbour.db")


@app.get("/up")
def up():
    return "up"


@app.get("/")
def index():
    with engine.connect() as connection:
        names = [row[0] for row in connection.execute(text("select name from ships"))]
    return render_template("index.html", names=names)


@app.post("/ships")
def add():
    from pydantic import BaseModel, EmailStr, ValidationError

    class Ship(BaseModel):
        name: str
        mail: EmailStr

    try:
        ship = Ship(**request.form)
    except ValidationError as error:
        return jsonify(error.errors(include_url=False, include_context=False)), 422
    with engine.begin() as connection:
        connection.execute(text("insert into ships (name) values (:name)"), {"name": ship.name})
    return render_template("added.html", ship=ship), 201


@app.get("/pdf")
def pdf():
    from reportlab.lib.pagesizes import A4
    from reportlab.graphics.barcode import code128
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.setFont("Helvetica", 12)
    page.drawString(72, 720, "Vasa")
    pdfmetrics.registerFont(TTFont("DejaVu", "DejaVuSans.ttf"))
    page.setFont("DejaVu", 12)
    page.drawString(72, 700, "Schärenkreuzer")
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    code128.Code128("VASA").drawOn(page, 72, 600)
    page.save()
    return Response(out.getvalue(), mimetype="application/pdf")


@app.get("/xlsx")
def xlsx():
    import openpyxl
    from openpyxl.chart import BarChart, Reference
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("ship", "tons"), ("Vasa", 1210)):
        sheet.append(row)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2))
    sheet.add_chart(chart, "E5")
    out = io.BytesIO()
    book.save(out)
    return Response(out.getvalue(), mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@app.get("/xml")
def xml():
    from lxml import etree, html, isoschematron
    tree = etree.XML("<ships><ship name='Vasa'/></ships>")
    style = etree.XSLT(etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><li><xsl:value-of select="//ship/@name"/></li></xsl:template></xsl:stylesheet>'))
    schema = isoschematron.Schematron(etree.XML('<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern><rule context="ships"><assert test="ship">no ship</assert></rule></pattern></schema>'))
    return f"{style(tree)} {schema.validate(tree)} {html.fromstring('<p>x').tag} {len(tree.xpath('//ship'))}"


@app.get("/crypt")
def crypt():
    from cryptography import x509
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vasa")])
    now = datetime.datetime(2024, 1, 1)
    certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9)).sign(key, hashes.SHA256())
    box = Fernet(Fernet.generate_key())
    return f"{certificate.serial_number} {box.decrypt(box.encrypt(b'ahoi')).decode()}"


@app.get("/image")
def image():
    from PIL import Image, ImageDraw, ImageFont
    picture = Image.new("RGB", (60, 20))
    ImageDraw.Draw(picture).text((2, 2), "Vasa", font=ImageFont.truetype("DejaVuSans.ttf", 12))
    out = io.BytesIO()
    picture.save(out, request.args.get("as", "PNG"))
    return Response(out.getvalue(), mimetype="application/octet-stream")


@app.get("/qr")
def qr():
    import qrcode
    import qrcode.image.svg
    return Response(qrcode.make("vasa", image_factory=qrcode.image.svg.SvgPathImage).to_string(), mimetype="image/svg+xml")


@app.get("/markdown")
def markdown():
    import bleach
    import markdown
    return bleach.clean(markdown.markdown("# Vasa\n\n| a |\n|---|\n| b |\n\n```python\nimport x\n```\n", extensions=["tables", "fenced_code", "codehilite", "toc"]), tags={"h1", "table", "td", "span", "div", "pre", "code"})


@app.get("/locale/<name>")
def locale(name):
    from babel.dates import format_date
    from babel.numbers import format_currency
    return f"{format_date(datetime.date(2024, 3, 1), 'full', locale=name)} {format_currency(1234.5, 'EUR', locale=name)}"


@app.get("/zone/<path:name>")
def zone(name):
    import zoneinfo
    from dateutil import tz
    there = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc)
    return f"{there.astimezone(zoneinfo.ZoneInfo(name)).hour} {there.astimezone(tz.gettz(name)).hour}"


@app.get("/phone")
def phone():
    import phonenumbers
    from phonenumbers import geocoder
    number = phonenumbers.parse("+4930123456")
    return f"{phonenumbers.is_possible_number(number)} {geocoder.description_for_number(number, 'de')}"


@app.get("/password")
def password():
    import jwt
    from passlib.hash import argon2, bcrypt, pbkdf2_sha256  # noqa: F401
    token = jwt.encode({"who": "anna"}, "k" * 32, algorithm="HS256")
    return f"{pbkdf2_sha256.verify('x', pbkdf2_sha256.hash('x'))} {jwt.decode(token, 'k' * 32, algorithms=['HS256'])['who']}"


@app.get("/out")
def out():
    import httpx
    import ssl
    try:
        httpx.get("https://127.0.0.1:1/")
    except httpx.ConnectError as error:
        return f"refused {len(ssl.create_default_context().get_ca_certs()) > 50} {type(error).__name__}"


@app.get("/plugin/<name>")
def plugin(name):
    try:
        return importlib.import_module(f"harbour.plugins.{name}").run()
    except ModuleNotFoundError:
        abort(404)


@app.get("/disk")
def disk():
    return subprocess.run(["df", "-P", "/data"], capture_output=True, text=True, check=True).stdout


@app.get("/yaml")
def yaml():
    import yaml
    return yaml.safe_dump(yaml.load("a: [1, 2]", Loader=yaml.CSafeLoader))


@app.post("/task")
def task():
    from harbour.tasks import thumbnail
    return thumbnail.delay(int(request.form["size"])).id


@app.get("/task/<key>")
def result(key):
    from harbour.tasks import queue
    found = queue.AsyncResult(key)
    return str(found.result) if found.ready() else ("waiting", 202)


@app.get("/boom")
def boom():
    raise RuntimeError("wreck")


@app.errorhandler(404)
def missing(_):
    return render_template("missing.html"), 404


@app.errorhandler(500)
def broken(_):
    return render_template("broken.html"), 500


@app.cli.command("ships")
@click.option("--as-csv", is_flag=True)
def ships(as_csv):
    """Lists the ships."""
    with engine.connect() as connection:
        rows = [row[0] for row in connection.execute(text("select name from ships"))]
    if as_csv:
        import csv
        import sys
        csv.writer(sys.stdout).writerow(rows)
    else:
        click.echo("\n".join(rows))
