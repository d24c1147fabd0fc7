"""Documents in, documents out: every converter is a program of its own, started when somebody asks for it."""
import io
import subprocess
import tempfile
from pathlib import Path

from flask import Flask, Response, abort, jsonify, render_template, request

app = Flask(__name__)
OFFICE = "soffice"


def run(*command, data=None, folder=None):
    done = subprocess.run(command, input=data, capture_output=True, cwd=folder, timeout=100)
    if done.returncode:
        app.logger.error("%s: %s", command[0], done.stderr.decode(errors="replace"))
        abort(502, done.stderr.decode(errors="replace")[-400:] or done.stdout.decode(errors="replace")[-400:])
    return done.stdout


@app.get("/")
def index():
    return render_template("index.html")


@app.get("/healthz")
def health():
    return "up"


@app.post("/office/<target>")
def office(target):
    """Any document that LibreOffice reads, named by ?name=, to any that it writes."""
    name = Path(request.args.get("name", "in.txt")).name
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(request.get_data())
        run(OFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", target, "--outdir", folder + "/out", folder + "/" + name)
        results = list(Path(folder, "out").iterdir()) if Path(folder, "out").exists() else []
        if not results:
            abort(502, "nothing was written")
        return Response(results[0].read_bytes(), mimetype="application/octet-stream")


@app.post("/ocr/<language>")
def ocr(language):
    form = request.args.get("form", "txt")
    return Response(run("tesseract", "-", "-", "-l", language, "--psm", request.args.get("psm", "6"), form, data=request.get_data()), mimetype="application/octet-stream")


@app.post("/pdf/<what>")
def pdf(what):
    with tempfile.TemporaryDirectory() as folder:
        source = folder + "/in.pdf"
        Path(source).write_bytes(request.get_data())
        if what == "text":
            return Response(run("pdftotext", "-layout", source, "-"))
        if what == "info":
            return Response(run("pdfinfo", source))
        if what == "fonts":
            return Response(run("pdffonts", source))
        if what == "page":
            run("pdftoppm", "-r", "100", "-png", "-singlefile", source, folder + "/page")
            return Response(Path(folder, "page.png").read_bytes(), mimetype="image/png")
        if what == "small":
            return Response(run("gs", "-q", "-sDEVICE=pdfwrite", "-dPDFSETTINGS=/ebook", "-dNOPAUSE", "-dBATCH", "-sOutputFile=-", source))
        if what == "gspage":
            return Response(run("gs", "-q", "-sDEVICE=png16m", "-r72", "-dNOPAUSE", "-dBATCH", "-sOutputFile=-", source))
        if what == "locked":
            run("qpdf", "--encrypt", "x", "y", "256", "--", source, folder + "/out.pdf")
            return Response(Path(folder, "out.pdf").read_bytes())
    abort(404)


@app.post("/pandoc/<target>")
def pandoc(target):
    return Response(run("pandoc", "-f", request.args.get("from", "markdown"), "-t", target, "--standalone", "-o", "-", data=request.get_data()))


@app.get("/sample.png")
def sample():
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (900, 120), "white")
    font = ImageFont.truetype("DejaVuSans.ttf", 48)
    ImageDraw.Draw(picture).text((20, 30), request.args.get("text", "Fair winds 1628"), "black", font=font)
    out = io.BytesIO()
    picture.save(out, request.args.get("form", "png"))
    return Response(out.getvalue(), mimetype="image/png")


@app.get("/languages")
def languages():
    return jsonify(run("tesseract", "--list-langs").decode().split("\n")[1:-1])


@app.errorhandler(404)
def lost(_):
    return render_template("404.html"), 404
