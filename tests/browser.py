"""Makes an image of known sizes and evil names, and looks at its HTML report in Chromium. Called by browser.sh."""

import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile

from devtools import Browser, until

EVIL = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
PASSWORD = "tiger77lion"


def layer(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, size in files:
            entry = tarfile.TarInfo(name)
            entry.size = size
            tar.addfile(entry, io.BytesIO(os.urandom(size)))
    return buffer.getvalue()


def image(path):
    """An archive as `docker save` writes it."""
    slash = EVIL.replace("/", "∕")  # a name has no slash
    layers = [
        layer([("usr/bin/large", 900_000), ("usr/bin/small", 90_000), (f"usr/lib/{slash}", 400_000), ("usr/lib/x/deep", 60_000),
               ("srv/gone", 300_000), ("etc/app.conf", 10)]),
        layer([("var/cache/apt/archives/a.deb", 500_000), ("usr/share/doc/app/readme.gz", 200_000), ("srv/.wh.gone", 0)]),
        layer([(f"app/many/{number}", 1000) for number in range(9000)] + [("app/main", 700_000)]),
    ]
    digests = [hashlib.sha256(bytes).hexdigest() for bytes in layers]
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Cmd": ["/app/main"], "Env": [f"X={EVIL}", f"DB_PASSWORD={PASSWORD}"], "Labels": {EVIL: EVIL}, "User": "root"},
        "history": [{"created_by": f"RUN /bin/sh -c echo {EVIL} # buildkit"}, {"created_by": "RUN /bin/sh -c apt-get install x # buildkit"},
                    {"created_by": "COPY app /app # buildkit"}],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": ["evil/image:1"], "Layers": [f"{digest}/layer.tar" for digest in digests]}])
    with tarfile.open(path, "w") as tar:
        members = [(f"{digest}/layer.tar", bytes) for digest, bytes in zip(digests, layers)]
        for name, bytes in [*members, ("config.json", config), ("manifest.json", manifest.encode())]:
            entry = tarfile.TarInfo(name)
            entry.size = len(bytes)
            tar.addfile(entry, io.BytesIO(bytes))


CELLS = """[...document.querySelectorAll('#treemap .cell')].map((cell) => {
  const box = cell.querySelector('.kept');
  const side = (name) => Number(box.getAttribute(name));
  return [Number(cell.dataset.bytes), side('width') * side('height')];
})"""
PATH = "[...document.querySelectorAll('#path li')].map((step) => step.textContent).join('')"
SHOWN = "(id) => [...document.querySelectorAll(`#${id} article, #${id} tr, #${id} .chart > li`)].filter((row) => row.offsetParent).length"


def expect(what, got, wanted):
    assert got == wanted, f"{what}: {got!r}, not {wanted!r}"


def check_areas(page, whole):
    """Every rectangle has the same bytes to a pixel, and together they fill the picture."""
    cells = [cell for cell in page.value(CELLS) if cell[1] > 30]
    assert len(cells) > 3, cells
    width, height = page.value("(() => { const { width, height } = document.querySelector('#treemap svg').viewBox.baseVal; return [width, height]; })()")
    for size, area in cells:
        share = (area / (width * height)) / (size / whole)
        assert 0.995 < share < 1.005, f"{size} bytes have {share} of their area"
    assert sum(area for _, area in cells) > 0.9 * width * height, "the picture has holes"


def looks(browser, url):
    page = browser.page(url)
    total = page.value("tree[0].bytes")
    check_areas(page, total)
    expect("the title", page.value("document.querySelector('h1').textContent").endswith("evil.tar"), True)
    expect("layers", page.value(f"({SHOWN})('layers')"), 3)
    # Bars of layers are as long as their bytes.
    bars = page.value("[...document.querySelectorAll('.chart .bar')].map((bar) => [...bar.children].reduce((sum, part) => sum + part.getBoundingClientRect().width, 0) / bar.getBoundingClientRect().width)")
    sizes = page.value("data.layers.map((layer) => layer.bytes)")
    for bar, size in zip(bars, sizes):
        assert abs(bar - size / max(sizes)) < 0.01, (bars, sizes)
    # 9000 files of one size are more than the page names: they stand together.
    rest = page.value("tree.filter((node) => node.kind > 0).map((node) => [pathOf(tree[node.up]), node.kind, node.bytes])")
    assert ["/app/many", 9000, 9000 * 1536] in rest, rest
    expect("what an evil name did", page.value("window.pwned === undefined && document.querySelector('img') === null"), True)
    evil = page.value("document.body.textContent.includes('onerror=window.pwned=1')")
    expect("evil names are shown as text", evil, True)
    expect("a secret is shown", page.value(f"document.documentElement.innerHTML.includes({json.dumps(PASSWORD)})"), False)
    return page


def zooms(page):
    total = page.value("tree[0].bytes")
    x, y = page.value("""(() => { const at = tree.find((node) => node.name === 'usr' && node.up === 0).at;
      document.getElementById('treemap').scrollIntoView();
      const box = document.querySelector(`[data-top="${at}"]`).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()""")
    page.click(x, y)
    until(lambda: page.value(PATH) == "/usr", "a click opens a directory")
    check_areas(page, page.value("tree.find((node) => node.name === 'usr' && node.up === 0).bytes"))
    page.value("document.getElementById('treemap').focus()")
    page.key("ArrowRight", 39)
    chosen = page.value("treemap.chosen && pathOf(treemap.chosen)")
    expect("what an arrow key chose", chosen, "/usr/bin")
    expect("it is told", page.value("document.getElementById('told').textContent.startsWith('/usr/bin · ')"), True)
    page.key("Enter", 13)
    expect("the place after Enter", page.value(PATH), "/usrbin")
    page.key("Backspace", 8)
    expect("the place after Backspace", page.value(PATH), "/usr")
    page.key("Backspace", 8)
    expect("the place after another", page.value(PATH), "/")
    check_areas(page, total)
    page.value("[...document.querySelectorAll('#list button')].find((row) => row.textContent.startsWith('usr')).click()")
    expect("the list opens directories, too", page.value(PATH), "/usr")
    page.value("document.querySelector('#path button').click()")
    expect("the path leads back", page.value(PATH), "/")


def searches(page):
    shown = lambda id: page.value(f"({SHOWN})('{id}')")
    before = {id: shown(id) for id in ["layers", "waste", "risks"]}
    assert before["risks"] > 1 and before["waste"] > 1, before
    page.value("document.activeElement.blur()")
    page.key("/", 191)
    expect("/ goes to the search", page.value("document.activeElement.id"), "search")
    page.type("apt-get")
    until(lambda: shown("layers") == 1, "one layer is left")
    page.value("document.getElementById('search').select()")
    page.type("usr/bin/large")
    until(lambda: page.value("document.querySelectorAll('#list button').length") == 1, "one file is found")
    dim, bright = page.value("[true, false].map((dim) => [...document.querySelectorAll('#treemap .cell')].filter((cell) => cell.classList.contains('dim') === dim).length)")
    assert dim > 3 and bright == 1, (dim, bright)
    page.value("document.getElementById('search').select()")
    page.type("nothing has this name")
    until(lambda: shown("layers") + shown("risks") + shown("waste") == 0, "nothing is left")
    page.key("Escape", 27)
    until(lambda: {id: shown(id) for id in before} == before, "everything is back")
    expect("dim after the search", page.value("document.querySelectorAll('#treemap .dim').length"), 0)


def is_accessible(page):
    for role, name in page.nodes():
        if role in ("button", "link", "searchbox", "textbox", "region", "application", "navigation", "image"):
            assert name.strip(), f"a {role} has no name"
    expect("pictures without a name", page.value("[...document.querySelectorAll('svg')].every((one) => one.getAttribute('aria-hidden') === 'true')"), True)


def is_closed(page, url):
    """Nothing went wrong, nothing was fetched; and nothing can be."""
    expect("complaints", page.complaints, [])
    expect("requests", [one for one in page.requests if one != url and one != "about:blank"], [])
    blocked = page.value("""(async () => {
      const seen = new Promise((done) => document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective)));
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
      return [await seen, window.pwned === undefined, await fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'blocked')];
    })()""")
    expect("a script that was put in", blocked, ["script-src-elem", True, "blocked"])


def is_narrow(browser, url):
    page = browser.page(url, width=380, height=900)
    expect("what a narrow page hides", page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)
    check_areas(page, page.value("tree[0].bytes"))
    expect("complaints", page.complaints, [])


def is_chinese(browser, url):
    page = browser.page(url)
    expect("the language", page.value("document.documentElement.lang"), "zh-CN")
    heads = page.value("[...document.querySelectorAll('h2')].map((head) => head.firstChild.textContent)")
    assert heads and not [head for head in heads if head.isascii()], heads
    expect("complaints", page.complaints, [])


def pictures(browser, pages, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name, url, options in [("light", pages["en"], {}), ("dark", pages["en"], {"scheme": "dark"}), ("zh", pages["zh"], {}),
                               ("narrow", pages["en"], {"width": 390, "height": 2400})]:
        browser.page(url, **options).picture(directory / f"{name}.png")
    page = browser.page(pages["en"])
    page.value("zoom(tree[0].children[0]); document.getElementById('files').scrollIntoView()")
    page.picture(directory / "zoomed.png")


def main():
    jettison, work = sys.argv[1], pathlib.Path(sys.argv[2])
    archive = work / "evil.tar"
    image(archive)
    pages = {}
    for language in ["en", "zh"]:
        page = work / f"{language}.html"
        env = {**os.environ, "XDG_CACHE_HOME": str(work / "cache")}
        subprocess.run([jettison, "analyze", archive, "--html", page, "--lang", language], check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pages[language] = page.as_uri()
    with Browser(work / "profile") as browser:
        page = looks(browser, pages["en"])
        zooms(page)
        searches(page)
        is_accessible(page)
        is_closed(page, pages["en"])
        is_narrow(browser, pages["en"])
        is_chinese(browser, pages["zh"])
        if len(sys.argv) > 3:
            pictures(browser, pages, pathlib.Path(sys.argv[3]))
    print("the HTML report: drawn, zoomed, searched, closed to the network")


main()
