//! FastCGI applications, on a port and on a Unix socket, asked as a web server would.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    thread,
    time::Duration,
};

use jettison_probe::{Dialer, FastCgi, HttpCommand, Plan, Transcript, compare, read_command_file};

use crate::server::{Host, outline, patient_plan};

/// Answers each request with the file it would run and, for `/`, a link.
fn answer(stream: &mut (impl Read + Write)) {
    let mut params = String::new();
    loop {
        let mut head = [0; 8];
        if stream.read_exact(&mut head).is_err() {
            return;
        }
        // Not FastCGI but HTTP, in which its port is tried first.
        if head[0] != 1 {
            return;
        }
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        let mut content = vec![0; length + usize::from(head[6])];
        stream.read_exact(&mut content).unwrap();
        match (head[1], length) {
            // What it can do.
            (9, _) => stream.write_all(&[1, 10, 0, 0, 0, 0, 0, 0]).unwrap(),
            (4, _) => params.push_str(&String::from_utf8_lossy(&content)),
            (5, 0) => break,
            _ => {}
        }
    }
    let script = params.split("SCRIPT_FILENAME").nth(1).unwrap();
    let script = &script[..script.find(".php").unwrap() + 4];
    let body = format!("Content-type: text/html\r\n\r\n<a href=/more.php>{script}</a>");
    let length = u8::try_from(body.len()).unwrap();
    stream.write_all(&[1, 6, 0, 1, 0, length, 0, 0]).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    stream.write_all(&[1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
}

/// A container with such an application behind a socket of this name.
struct Container {
    directory: tempfile::TempDir,
    name: &'static str,
    /// Where port 9000 is, if it is open.
    port: Option<u16>,
}

impl Container {
    fn on_socket(name: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(name)).unwrap();
        thread::spawn(move || listener.incoming().for_each(|it| answer(&mut it.unwrap())));
        Self { directory, name, port: None }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join(self.name)
    }

    fn run(&self, plan: &Plan, before: Option<&Transcript>) -> Transcript {
        let ports: &[u16] = if self.port.is_some() { &[9000] } else { &[] };
        match before {
            None => jettison_probe::exercise(plan, ports, self, &Host, &mut |_| {}),
            Some(before) => jettison_probe::replay(before, plan, self, &Host, &mut |_| {}),
        }
    }
}

impl Dialer for Container {
    fn dial(&self, _port: u16, timeout: Duration) -> io::Result<TcpStream> {
        let port = self.port.ok_or(io::ErrorKind::ConnectionRefused)?;
        TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), timeout)
    }

    fn unix_sockets(&self) -> Vec<String> {
        vec![self.path().to_str().unwrap().to_owned()]
    }

    fn dial_unix(&self, socket: &str) -> io::Result<UnixStream> {
        UnixStream::connect(socket)
    }
}

fn plan() -> Plan {
    let mut plan = patient_plan();
    plan.http.fastcgi = Some(FastCgi::new("/srv/app"));
    plan
}

/// What was said to run, by target.
fn scripts(transcript: &Transcript) -> Vec<String> {
    let shown = transcript.exchanges.iter().filter(|it| it.request.target.contains(".php"));
    let body = |it: &jettison_probe::HttpExchange| {
        let answer = it.outcome.answer().expect("it answers");
        String::from_utf8_lossy(&answer.body.sample.0).into_owned()
    };
    shown.map(body).collect()
}

#[test]
fn an_application_on_a_socket_is_found_crawled_and_compared() {
    let container = Container::on_socket("php8.2-fpm.sock");
    let first = container.run(&plan(), None);
    let lines = outline(&first);
    assert_eq!(lines[0], "GET / 200");
    assert!(lines.contains(&"GET /more.php 200".to_owned()), "{lines:?}");
    assert_eq!(scripts(&first), ["<a href=/more.php>/srv/app/more.php</a>"]);
    let shown = first.exchanges[0].request.to_string();
    assert_eq!(shown, format!("GET fastcgi://unix:{}:/", container.path().display()));
    let again = container.run(&plan(), Some(&first));
    assert!(compare(std::slice::from_ref(&first), &again).is_equal());

    fs_err::remove_file(container.path()).unwrap();
    let gone = container.run(&plan(), Some(&first));
    let differs = compare(std::slice::from_ref(&first), &gone);
    assert!(differs.differences[0].got.contains("refused"), "{differs:?}");
}

#[test]
fn pages_behind_a_port_are_below_the_same_root() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().for_each(|it| answer(&mut it.unwrap())));
    let container = Container { port: Some(port), ..Container::on_socket("php.sock") };
    let first = container.run(&plan(), None);
    assert_eq!(scripts(&first), ["<a href=/more.php>/srv/app/more.php</a>"]);
    assert!(first.exchanges.iter().all(|it| it.request.socket.is_none()), "one way is enough");
}

#[test]
fn other_sockets_are_left_alone_unless_they_are_named() {
    let container = Container::on_socket("database.sock");
    let mut plan = plan();
    assert!(container.run(&plan, None).exchanges.is_empty());
    plan.http.commands.push("fastcgi:GET:/status.php".parse().unwrap());
    assert!(container.run(&plan, None).exchanges.is_empty(), "nobody speaks FastCGI");

    let file = container.directory.path().join("commands.json");
    let socket = container.path();
    let text = format!(
        r#"{{"commands": [{{"resource": "/a.php", "protocol": "fastcgi", "crawl": true,
            "fastcgi": {{"root": "/www", "socket": "{}"}}}}]}}"#,
        socket.display()
    );
    fs_err::write(&file, text).unwrap();
    plan.http.commands = read_command_file(&file).unwrap();
    let expected = ["<a href=/more.php>/www/a.php</a>", "<a href=/more.php>/www/more.php</a>"];
    assert_eq!(scripts(&container.run(&plan, None)), expected);
}

#[test]
fn commands_go_to_the_socket_where_no_port_speaks_fastcgi() {
    let container = Container::on_socket("app.fcgi");
    let mut plan = plan();
    plan.http.start_page = false;
    plan.http.commands.push("fastcgi:POST:/form.php".parse::<HttpCommand>().unwrap());
    let transcript = container.run(&plan, None);
    assert_eq!(outline(&transcript), ["POST /form.php 200"]);
    assert_eq!(scripts(&transcript), ["<a href=/more.php>/srv/app/form.php</a>"]);
}
