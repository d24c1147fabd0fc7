use std::{fs, io::{BufRead, BufReader, Write}, net::TcpListener, process::Command, thread};

fn answer(path: &str) -> (u16, String, &'static str) {
    match path {
        "/" => (200, fs::read_to_string("pages/index.html").unwrap_or_default(), "text/html"),
        "/date" => (200, Command::new("date").arg("-u").arg("+%Y").output().map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_else(|e| e.to_string()), "text/plain"),
        "/zone" => (200, Command::new("date").env("TZ", "Asia/Tokyo").arg("-d@0").arg("+%H").output().map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default(), "text/plain"),
        "/os" => (200, fs::read_to_string("/etc/os-release").unwrap_or_default(), "text/plain"),
        "/host" => (200, std::net::ToSocketAddrs::to_socket_addrs("localhost:80").map(|mut a| a.next().unwrap().to_string()).unwrap_or_else(|e| e.to_string()), "text/plain"),
        "/boom" => panic!("boom"),
        other => match fs::read_to_string(format!("pages{other}")) {
            Ok(page) if !other.contains("..") => (200, page, "text/html"),
            _ => (404, fs::read_to_string("pages/404.html").unwrap_or_default(), "text/html"),
        },
    }
}

fn main() {
    let listener = TcpListener::bind("0.0.0.0:8080").expect("the port is free");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || {
            let mut lines = BufReader::new(&stream).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            for line in lines.by_ref().flatten() { if line.is_empty() { break; } }
            let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
            let (status, body, kind) = std::panic::catch_unwind(|| answer(&path)).unwrap_or((500, "wreck".into(), "text/plain"));
            let _ = write!(&stream, "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        });
    }
}
