//! Images that show what they hold only when they are exercised in a certain way.

use serde_json::json;

use crate::{
    Entry, FatImage, layer,
    samples::{base, on_post, shell},
};

/// A server that reads `/usr/share/secret-recipe` for a POST to `/cgi-bin/recipe` alone, and describes that API at
/// `/openapi.json`.
pub fn api() -> FatImage {
    let document = json!({
        "openapi": "3.0.3",
        "servers": [{"url": "http://api.example/cgi-bin"}],
        "paths": {"/recipe": {
            "get": {"responses": {"200": {"description": "none"}}},
            "post": {"requestBody": {"content": {"application/json": {"example": {"guest": true}}}}},
        }},
    });
    let mut image = on_post();
    image.layers.push(layer([Entry::file("www/openapi.json", document.to_string())]));
    image
}

/// A server on port 8081 that reads `/usr/share/secret-recipe` for whoever opens a WebSocket.
pub fn socket() -> FatImage {
    // What RFC 6455 makes of the nonce that the probes send.
    let accept = "hN08tATTPeBb3ZATOpooUFY3xPw=";
    let script = format!(
        "#!/bin/sh\nopens=no\nwhile read -r line; do case $line in\n\
         Upgrade*|upgrade*) opens=yes ;; ?) break ;; esac; done\n\
         if [ $opens = no ]; then printf 'HTTP/1.1 404 None\\r\\nContent-Length: 0\\r\\n\\r\\n'; exit; fi\n\
         printf 'HTTP/1.1 101 Switching Protocols\\r\\nSec-WebSocket-Accept: {accept}\\r\\n\\r\\n'\n\
         printf '\\201\\023'; file=/usr/share/secret; cat $file-recipe\nsleep 1\n"
    );
    let mut entries = base();
    entries.push(Entry::file("usr/share/secret-recipe", "flour, water, salt\n"));
    entries.push(Entry::file("bin/talk", script).mode(0o755));
    entries.push(Entry::symlink("bin/nc", "busybox"));
    entries.push(Entry::symlink("bin/printf", "busybox"));
    FatImage::new(
        "example.org/socket:1",
        json!({"Cmd": shell("exec nc -ll -p 8081 -e /bin/talk"), "StopSignal": "SIGKILL"}),
        vec![layer(entries)],
    )
    .with("Env", json!(["PATH=/bin"]))
    .with("ExposedPorts", json!({"8081/tcp": {}}))
}

/// A server that does not start without another one, `http://store:8082/value`, and reads `/usr/share/secret-recipe` when that
/// says `open`. Its notes are in `/notes`.
pub fn dependent() -> FatImage {
    let start = "wget -q -O /tmp/value http://store:8082/value || { echo 'no store' >&2; exit 3; }\n\
        cp -p /notes/first /www/note 2>/dev/null\nexec httpd -f -p 8080 -h /www";
    let page = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nfile=/usr/share/secret\n\
        case $(cat /tmp/value) in open) cat $file-recipe ;; *) echo closed ;; esac\n";
    let mut image = on_post();
    "example.org/dependent:1".clone_into(&mut image.tag);
    image.layers.push(layer([
        Entry::file("www/index.html", "<a href=/cgi-bin/value>value</a><a href=/note>note</a>"),
        Entry::file("www/cgi-bin/value", page).mode(0o755),
        Entry::symlink("bin/cp", "busybox"),
        Entry::directory("notes"),
    ]));
    image
        .with("Cmd", shell(start))
        .with("Env", json!(["PATH=/bin"]))
        .with("ExposedPorts", json!({"8080/tcp": {}}))
        .with("User", json!(""))
        .with("Healthcheck", json!(null))
}

/// The other server: says what its environment tells it to, on the port that it tells it to. Fills `/notes`.
pub fn store() -> FatImage {
    let start = "echo ${VALUE:-closed} > /www/value; echo kept > /notes/second; \
        exec httpd -f -p ${PORT:-8082} -h /www";
    let mut entries = base();
    entries.push(Entry::directory("notes"));
    entries.push(Entry::file("notes/first", "a note\n"));
    FatImage::new(
        "example.org/store:1",
        json!({
            "Cmd": shell(start),
            "Env": ["PATH=/bin"],
            "ExposedPorts": {"8082/tcp": {}},
            "Healthcheck": {"Test": ["CMD-SHELL", "wget -q -O /dev/null http://store:${PORT:-8082}/value"]},
        }),
        vec![layer(entries)],
    )
}
