//! Images with one property each.

use serde_json::{Value, json};

use crate::{Entry, FatImage, busybox, layer};

/// Where the web images listen.
pub const HTTP_PORT: u16 = 8080;

/// A file of [`httpd`] that nothing ever uses.
pub const BALLAST_FILE: &str = "/usr/share/ballast/07.bin";

/// The layer of [`httpd`] of which everything is used.
pub const UNCHANGED_LAYER: usize = 2;

/// Directories, busybox with the applets that the images use, and accounts.
pub fn base() -> Vec<Entry> {
    let mut entries: Vec<Entry> =
        ["bin", "dev", "etc", "proc", "run", "sys", "usr", "usr/share", "var", "var/empty", "www"]
            .into_iter()
            .map(Entry::directory)
            .collect();
    entries.push(Entry::directory("tmp").mode(0o1777));
    entries.push(Entry::file("bin/busybox", busybox()).mode(0o755).later(10));
    let applets = ["sh", "httpd", "cat", "wget", "sleep", "date", "true"];
    entries
        .extend(applets.into_iter().map(|name| Entry::symlink(&format!("bin/{name}"), "busybox")));
    let accounts = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/www:/bin/false\n";
    entries.push(Entry::file("etc/passwd", accounts));
    entries.push(Entry::file("etc/group", "root:x:0:\nwww:x:33:\n"));
    entries.push(Entry::file("etc/greeting", "good morning\n").later(20));
    entries
}

/// Bytes that do not compress and are the same each time (a linear congruential generator, Numerical Recipes).
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub(crate) fn shell(script: &str) -> Value {
    json!(["/bin/sh", "-c", script])
}

/// A web server in three layers, with everything that an image may hold: hard links, set-id bits, attributes, a named pipe,
/// empty directories, a file that is gone again, a page that nothing links, and much that nothing uses.
pub fn httpd() -> FatImage {
    let config = json!({
        "Cmd": ["/bin/httpd", "-f", "-p", HTTP_PORT.to_string(), "-h", "/www"],
        "Env": ["PATH=/bin", "GREETING=good morning"],
        "ExposedPorts": {format!("{HTTP_PORT}/tcp"): {}},
        "Healthcheck": {
            "Test": ["CMD-SHELL", format!("wget -q -O /dev/null http://127.0.0.1:{HTTP_PORT}/")],
            "Interval": 1_000_000_000_u64,
            "Timeout": 20_000_000_000_u64,
        },
        "Labels": {"org.example.b": "2", "org.example.a": "1 \u{fc}"},
        "OnBuild": ["RUN echo built"],
        "Shell": ["/bin/sh", "-c"],
        // Busybox' server ignores SIGTERM as PID 1; waiting for that is another test.
        "StopSignal": "SIGKILL",
        "Volumes": {"/var/empty": {}},
        "User": "www",
        "WorkingDir": "/www",
        "ArgsEscaped": true,
        "x-unknown": [null, {"a": 1.5}],
    });
    FatImage::new("example.org/httpd:1", config, vec![server(), page(), extra()])
}

fn server() -> Vec<u8> {
    let index = "<html><head><link rel=stylesheet href=/style.css></head>\
        <body><a href=/page.html>page</a><img src=picture.png></body></html>";
    let style = Entry::file("www/style.css", "body { color: black }").owner(33, 4).later(30);
    let run = Entry::file("opt/tool/run", "#!/bin/sh\nexit 0\n").mode(0o6755).owner(33, 4).xattr(
        "security.capability",
        // VFS_CAP_REVISION_2 with cap_net_bind_service (linux/capability.h).
        &[1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    let mut entries = base();
    entries.extend([
        Entry::file("www/index.html", index).owner(33, 33).xattr("user.note", b"front \0page"),
        style.clone(),
        style.also("www/also.css"),
        Entry::file("www/picture.png", noise(1, 3000)).mode(0o604),
        Entry::file("www/page.html", "an older page"),
        Entry::file("www/unlinked.html", "nobody comes here"),
        Entry::directory("opt"),
        Entry::directory("opt/tool").mode(0o2750).owner(0, 33),
        run.clone(),
        run.also("opt/tool/run-too"),
        Entry::fifo("opt/tool/pipe").owner(33, 33),
        Entry::directory("opt/tool/empty").mode(0o700).owner(7, 8).later(40),
        Entry::symlink("opt/tool/dangling", "../nowhere/at all"),
        Entry::directory("usr/share/ballast"),
        Entry::directory("usr/share/gone"),
        Entry::file("usr/share/gone/file", "gone"),
    ]);
    entries.extend((0..20).map(|number| {
        Entry::file(&format!("usr/share/ballast/{number:02}.bin"), noise(number, 20_000))
    }));
    layer(entries)
}

fn page() -> Vec<u8> {
    let page = "<html><body><a href=/extra.html>more</a></body></html>";
    layer([
        Entry::directory("usr/share"),
        Entry::whiteout("usr/share", "gone"),
        Entry::directory("var"),
        Entry::directory("var/cache"),
        Entry::file("var/cache/big.bin", noise(77, 300_000)),
        Entry::directory("www").later(50),
        Entry::file("www/page.html", page).later(50),
    ])
}

fn extra() -> Vec<u8> {
    layer([
        Entry::directory("www").later(60),
        Entry::file("www/extra.html", "<html><body>the last page</body></html>").later(60),
    ])
}

fn simple(name: &str, config: Value) -> FatImage {
    let mut entries = base();
    entries.push(Entry::directory("usr/share/ballast"));
    entries.push(Entry::file(BALLAST_FILE.trim_start_matches('/'), noise(5, 50_000)));
    entries.push(Entry::file("usr/share/secret-recipe", "flour, water, salt\n"));
    FatImage::new(&format!("example.org/{name}:1"), config, vec![layer(entries)])
        .with("Env", json!(["PATH=/bin"]))
}

/// A command that prints a file and ends.
pub fn command_line() -> FatImage {
    simple("greeting", json!({"Cmd": shell("cat /etc/greeting")}))
}

/// A server that ends at once, with a word of why.
pub fn broken() -> FatImage {
    let script = "echo 'cannot reach the database at db.example' >&2; exit 3";
    simple("broken", json!({"Cmd": shell(script)})).with("ExposedPorts", json!({"8080/tcp": {}}))
}

/// A command that says something else each time.
pub fn flaky() -> FatImage {
    let script = "cat /etc/greeting; cat /proc/sys/kernel/random/uuid; date +%N";
    simple("flaky", json!({"Cmd": shell(script)}))
}

/// A command that tells the number of files in a directory that it does not look into: a smaller image answers differently.
pub fn differing() -> FatImage {
    let script = format!("if test -e {BALLAST_FILE}; then echo heavy; else echo light; fi");
    simple("differing", json!({"Cmd": shell(&script)}))
}

/// A server that, as PID 1, ignores SIGTERM.
pub fn deaf() -> FatImage {
    let script = "trap '' TERM; exec httpd -f -p 8080 -h /www";
    let mut image = simple("deaf", json!({"Cmd": shell(script)}));
    image.layers.push(layer([Entry::file("www/index.html", "deaf")]));
    image.with("ExposedPorts", json!({"8080/tcp": {}}))
}

/// A server that reads `/usr/share/secret-recipe` for a POST to `/cgi-bin/recipe` and for nothing else.
pub fn on_post() -> FatImage {
    let script = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n\
        file=/usr/share/secret\nif [ \"$REQUEST_METHOD\" = POST ]; then cat $file-recipe; else echo no; fi\n";
    let mut image = simple("recipe", httpd().config);
    image.layers.push(layer([
        Entry::file("www/index.html", "recipes"),
        Entry::directory("www/cgi-bin"),
        Entry::file("www/cgi-bin/recipe", script).mode(0o755),
    ]));
    image
}

/// Five layers with every way in which one changes another, all of which engines take: a directory becomes a file and a
/// file a directory, links become directories, things are deleted, made again, replaced whole, copied up by a change of
/// mode, and never were; `.wh.` stands inside names. The first layer is a base image by its history.
pub fn corners() -> FatImage {
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let first = Entry::file("srv/linked", "two names").owner(7, 8);
    let mut lowest = base();
    lowest.extend(
        ["srv", "srv/dir", "srv/emptied", "srv/replaced", "srv/replaced/deep"]
            .map(Entry::directory),
    );
    lowest.extend([
        first.clone(),
        first.also("srv/linked-too"),
        Entry::file("srv/dir/inside", "in a directory that becomes a file"),
        Entry::file("srv/file", "becomes a directory"),
        Entry::symlink("srv/link", "dir"),
        Entry::file("srv/emptied/a", noise(1, 4000)),
        Entry::file("srv/emptied/b", noise(2, 4000)),
        Entry::file("srv/replaced/deep/old", "old"),
        Entry::file("srv/gone", noise(3, 9000)),
        Entry::file("srv/gone-and-back", "first"),
        Entry::file("srv/a.wh.b", "no whiteout"),
        Entry::file("srv/ .wh.", "none either").mode(0o4711),
        Entry::fifo("srv/pipe"),
    ]);
    let second = [
        Entry::directory("srv").later(1),
        Entry::whiteout("srv", "dir"),
        Entry::whiteout("srv", "gone"),
        Entry::whiteout("srv", "gone-and-back"),
        Entry::whiteout("srv", "never-was"),
        Entry::whiteout("srv", "file"),
        Entry::directory("srv/emptied"),
        Entry::whiteout("srv/emptied", "a"),
        Entry::whiteout("srv/emptied", "b"),
        Entry::directory("srv/replaced").mode(0o711),
        Entry::whiteout("srv/replaced", ".wh..opq"),
        Entry::file("srv/replaced/new", "new").xattr("security.capability", &capability),
        Entry::whiteout("srv", "link"),
        Entry::file("srv/for-a-while", noise(4, 20_000)),
    ];
    let tool = Entry::file("srv/file/tool", "#!/bin/sh\n").mode(0o755).later(3);
    let third = [
        Entry::directory("srv").later(2),
        Entry::file("srv/dir", "now a file"),
        Entry::directory("srv/file").mode(0o2750).owner(1, 2),
        tool.clone(),
        tool.also("srv/file/tool-too"),
        Entry::directory("srv/link"),
        Entry::file("srv/link/y", "behind what was a link"),
        Entry::file("srv/gone-and-back", "second"),
        Entry::whiteout("srv", "for-a-while"),
        Entry::file("srv/linked", "two names").owner(7, 8).mode(0o600),
    ];
    let fourth = [
        Entry::directory("srv").later(3),
        Entry::whiteout("srv", "dir"),
        Entry::whiteout("srv", "a.wh.b"),
        Entry::directory("srv/replaced"),
        Entry::whiteout("srv", "pipe"),
        Entry::symlink("srv/pointer", "file/tool"),
    ];
    let fifth = [
        Entry::directory("srv").later(4),
        Entry::directory("srv/dir").mode(0o1777),
        Entry::file("srv/last", "last"),
    ];
    let layers = vec![layer(lowest), layer(second), layer(third), layer(fourth), layer(fifth)];
    let mut image =
        FatImage::new("example.org/corners:1", json!({"Cmd": shell("cat /srv/last")}), layers)
            .with("Env", json!(["PATH=/bin"]))
            .with("Labels", json!({"a": "b"}));
    image.history = corner_steps();
    image
}

/// The steps that made [`corners`], in the forms of both builders.
fn corner_steps() -> Vec<Value> {
    let step = |by: &str, is_layer: bool| json!({"created": "2024-01-01T00:00:00Z", "created_by": by, "empty_layer": !is_layer});
    vec![
        step("/bin/sh -c #(nop) ADD file:1 in / ", true),
        step("/bin/sh -c #(nop)  CMD [\"sh\"]", false),
        step("/bin/sh -c rm -rf /srv/gone", true),
        step("COPY srv /srv # buildkit", true),
        step("ENV PATH=/bin", false),
        step("RUN /bin/sh -c true # buildkit", true),
        step("COPY last /srv # buildkit", true),
        step("CMD [\"/bin/sh\" \"-c\" \"cat /srv/last\"]", false),
    ]
}
