//! Passwords and keys in command lines: options of programs, variables before a command, headers, addresses.

use std::ops::Range;

use super::{
    command_words::{Command, bare},
    credential_names::{is_secret_name, is_secret_option, is_switch, is_variable},
    plausible::{is_password, is_placeholder},
    programs::{INTERPRETERS, OTHERS, PROGRAMS, Program, Way},
    structured::is_common,
};

/// A value that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) range: Range<usize>,
    /// Whether it is surely one, and not what examples have.
    pub(super) is_sure: bool,
}

/// Every credential in some commands.
pub(super) fn credentials(text: &str, commands: &[Command]) -> Vec<Credential> {
    let mut found = Vec::new();
    for (at, command) in commands.iter().enumerate() {
        let line = Line::new(text, command);
        line.options(&mut found);
        line.positions(&mut found);
        line.settings(&mut found);
        if command.is_piped
            && let Some(reader) = commands.get(at + 1)
        {
            line.piped_to(&Line::new(text, reader), &mut found);
        }
    }
    found
}

/// The words of a command, without their quotes.
struct Line<'a> {
    text: &'a str,
    words: Vec<Range<usize>>,
    /// The first word that is a program with known options.
    program: Option<(usize, &'static Program)>,
    /// Whether it is one whose `-p` means something else.
    is_other: bool,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, command: &Command) -> Self {
        let words: Vec<Range<usize>> =
            command.words.iter().map(|word| bare(text, word.clone())).collect();
        let mut line = Self { text, words, program: None, is_other: false };
        for at in 0..line.words.len() {
            let name = line.name(at);
            let known = PROGRAMS.iter().find(|program| program.names.contains(&name));
            line.program = known.map(|program| (at, program));
            // A shell's script comes as a command of its own.
            line.is_other = OTHERS.contains(&name);
            if known.is_some() || line.is_other {
                break;
            }
        }
        line
    }

    fn word(&self, at: usize) -> &'a str {
        self.words.get(at).map_or("", |range| &self.text[range.clone()])
    }

    /// The name of a program without its directory.
    fn name(&self, at: usize) -> &'a str {
        let word = self.word(at);
        // A variable may hold a command: `ENV START=mysqladmin -pword ping`.
        let is_setting = at > 0 && self.sets_variables();
        let word = word.split_once('=').filter(|_| is_setting).map_or(word, |(_, value)| value);
        word.rsplit('/').next().unwrap_or(word)
    }

    fn sets_variables(&self) -> bool {
        matches!(self.word(0), "ENV" | "LABEL" | "ARG")
    }

    fn has(&self, word: &str) -> bool {
        (0..self.words.len()).any(|at| self.word(at) == word)
    }

    /// A part of a word, as long as it may hide something.
    fn part(&self, at: usize, from: usize, is_sure: bool, found: &mut Vec<Credential>) {
        let Some(word) = self.words.get(at) else { return };
        let range = bare(self.text, word.start + from..word.end);
        self.add(range, is_sure, found);
    }

    fn add(&self, range: Range<usize>, is_sure: bool, found: &mut Vec<Credential>) {
        let value = &self.text[range.clone()];
        let bytes = value.as_bytes();
        if hides_something(value) {
            let is_sure =
                is_sure && is_password(bytes) && !is_placeholder(bytes) && !is_common(bytes);
            found.push(Credential { range, is_sure });
        }
    }

    /// What stands behind a separator: `user:word`.
    fn behind(&self, at: usize, from: usize, separator: u8, found: &mut Vec<Credential>) {
        let Some(word) = self.words.get(at) else { return };
        let range = bare(self.text, word.start + from..word.end);
        let user = memchr::memchr(separator, self.text[range.clone()].as_bytes());
        if let Some(user) = user.filter(|user| *user > 0) {
            self.add(range.start + user + 1..range.end, true, found);
        }
    }

    fn options(&self, found: &mut Vec<Credential>) {
        let verb = self.program.and_then(|(_, program)| program.only_with);
        let program = self.program.filter(|_| verb.is_none_or(|verb| self.has(verb)));
        let is_login = self.names_a_user();
        for at in 0..self.words.len() {
            let word = self.word(at);
            if let Some((_, program)) = program.filter(|(place, _)| *place < at) {
                self.known(program, at, word, found);
            } else if self.program.is_none() && !self.is_other {
                self.guessed(at, is_login, found);
            }
            self.named(at, word, found);
        }
    }

    fn known(&self, program: &Program, at: usize, word: &str, found: &mut Vec<Credential>) {
        for &(option, way) in program.options {
            let is_long = option.starts_with("--");
            let is_here = word == option || (!is_long && ends_flags(word, option));
            let is_attached = !is_long && word.len() > option.len() && word.starts_with(option);
            match way {
                Way::Behind(separator) if is_here => self.behind(at + 1, 0, separator, found),
                Way::Behind(separator) if is_attached => {
                    self.behind(at, option.len(), separator, found);
                }
                Way::Behind(separator) if is_long && word.starts_with(&format!("{option}=")) => {
                    self.behind(at, option.len() + 1, separator, found);
                }
                Way::Next | Way::Both if word == option => self.part(at + 1, 0, true, found),
                Way::Attached | Way::Both if is_attached => {
                    self.part(at, option.len(), true, found);
                }
                _ => {}
            }
        }
    }

    /// `-p word` of a program that nobody knows: where a user is named beside it, or the word looks like one.
    fn guessed(&self, at: usize, is_login: bool, found: &mut Vec<Credential>) {
        if !matches!(self.word(at), "-p" | "-P" | "-pw") || at == 0 {
            return;
        }
        let value = self.word(at + 1);
        if is_address(value) || value.starts_with('-') {
            return;
        }
        if is_login || is_mixed(value) {
            self.part(at + 1, 0, is_login, found);
        }
    }

    /// Whether a user or a host is named, to whom the password belongs.
    fn names_a_user(&self) -> bool {
        (1..self.words.len()).any(|at| {
            let value = self.word(at + 1);
            let is_own = INTERPRETERS.contains(&self.name(at - 1));
            match self.word(at) {
                "-u" | "-U" | "-h" | "-H" => {
                    !is_own && !value.is_empty() && !value.starts_with('-')
                }
                "--user" | "--username" | "--host" | "-user" | "-username" => true,
                word => ["--user=", "--username=", "--host="]
                    .iter()
                    .any(|start| word.starts_with(start)),
            }
        })
    }

    /// `--password word`, `--api-key=word`, `-storepass word`.
    fn named(&self, at: usize, word: &str, found: &mut Vec<Credential>) {
        let Some(option) = word.strip_prefix('-') else {
            if word.starts_with("pass:") {
                self.part(at, "pass:".len(), true, found);
            }
            return;
        };
        let name = option.trim_start_matches('-');
        let (name, value) =
            name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        // Of containers, `--secret` names one.
        let is_name = name == "secret"
            && self.program.is_some_and(|(_, program)| program.names.contains(&"docker"));
        if is_name || !is_secret_option(name) {
            return;
        }
        match value {
            Some(value) => self.part(at, word.len() - value.len(), true, found),
            None if !self.word(at + 1).starts_with('-') && !is_description(self.word(at + 1)) => {
                self.part(at + 1, 0, true, found);
            }
            None => {}
        }
    }

    /// Passwords that are told by their place.
    fn positions(&self, found: &mut Vec<Credential>) {
        let last = self.words.len().wrapping_sub(1);
        let takes_word = (1..self.words.len()).any(|at| {
            let word = self.word(at);
            word.starts_with('-') && !word.starts_with("--") && word.contains('b')
        });
        for at in 0..self.words.len() {
            match self.name(at) {
                "htpasswd" | "mosquitto_passwd" if takes_word && last > at + 1 => {
                    self.part(last, 0, true, found);
                }
                "openssl"
                    if self.word(at + 1) == "passwd"
                        && last > at + 1
                        && !self.word(last).starts_with('-') =>
                {
                    self.part(last, 0, true, found);
                }
                "add_user" | "change_password"
                    if at > 0 && self.name(at - 1).starts_with("rabbitmqctl") =>
                {
                    self.part(at + 2, 0, true, found);
                }
                _ => {}
            }
        }
    }

    /// `echo user:word | chpasswd`, `echo word | docker login --password-stdin`.
    fn piped_to(&self, reader: &Line<'_>, found: &mut Vec<Credential>) {
        let echo = (0..self.words.len()).find(|at| matches!(self.name(*at), "echo" | "printf"));
        let Some(echo) = echo else { return };
        let reads =
            |names: &[&str]| (0..reader.words.len()).any(|at| names.contains(&reader.name(at)));
        let takes_pairs = reads(&["chpasswd"]);
        let takes_word =
            reads(&["passwd", "smbpasswd", "vncpasswd", "--password-stdin", "--passphrase-fd"]);
        for at in echo + 1..self.words.len() {
            let word = self.word(at);
            if takes_pairs {
                self.behind(at, 0, b':', found);
            } else if takes_word && !word.starts_with(['-', '%']) {
                self.part(at, 0, true, found);
            }
        }
    }

    /// `PGPASSWORD=word`, `X-Api-Key: word`, `Authorization: Basic word`.
    fn settings(&self, found: &mut Vec<Credential>) {
        // `ENV NAME word`, as it was once written.
        if matches!(self.word(0), "ENV" | "LABEL")
            && self.words.len() == 3
            && is_secret_name(self.word(1))
        {
            self.part(2, 0, false, found);
        }
        for at in 0..self.words.len() {
            let word = self.word(at);
            if let Some((name, value)) = word.split_once('=')
                && is_variable(name)
                && is_secret_name(name)
                && !is_switch(name, value)
            {
                self.part(at, name.len() + 1, false, found);
            }
            let Some((name, value)) = word.split_once(':') else { continue };
            let is_authorization = name.eq_ignore_ascii_case("authorization")
                || name.eq_ignore_ascii_case("proxy-authorization");
            let is_header = is_authorization || (name.contains('-') && is_secret_name(name));
            if is_header && !value.is_empty() && !value.contains(char::is_whitespace) {
                self.part(at, name.len() + 1, false, found);
            } else if is_header && value.is_empty() {
                // The scheme may be shown: `Basic`, `Bearer`.
                let has_scheme = is_authorization && self.words.len() > at + 2;
                self.part(at + 1 + usize::from(has_scheme), 0, false, found);
            }
        }
    }
}

/// Passwords in addresses, whatever the host.
pub(super) fn in_addresses(text: &str) -> Vec<Credential> {
    let bytes = text.as_bytes();
    let authority = |scheme: usize| {
        let start = scheme + "://".len();
        let end =
            bytes[start..].iter().position(|&byte| byte <= b' ' || b"/\"'`<>\\?#".contains(&byte));
        let end = end.map_or(bytes.len(), |end| start + end);
        let at = memchr::memrchr(b'@', &bytes[start..end])?;
        let colon = memchr::memchr(b':', &bytes[start..start + at])?;
        let range = start + colon + 1..start + at;
        hides_something(&text[range.clone()]).then_some(Credential { range, is_sure: false })
    };
    memchr::memmem::find_iter(bytes, "://").filter_map(authority).collect()
}

/// Whether a value may be a credential, and not a reference to one: `$PASSWORD`, `/run/secrets/x`.
fn hides_something(value: &str) -> bool {
    // `$6$salt$hash` is a hash, no variable.
    let is_hash = value.matches('$').count() >= 3;
    let is_reference = value.starts_with(['$', '<', '@', '%', '{']) && !is_hash;
    let is_path = value.starts_with('/') || value.starts_with("./") || value.starts_with("~/");
    !is_reference && !is_path && value.chars().any(char::is_alphanumeric)
}

/// Single letters before the option in the same word: `-fsSu` ends with `-u`.
fn ends_flags(word: &str, option: &str) -> bool {
    let Some(letter) = option.strip_prefix('-').filter(|rest| rest.len() == 1) else {
        return false;
    };
    word.strip_prefix('-').is_some_and(|flags| {
        flags.ends_with(letter) && flags.chars().all(|flag| flag.is_ascii_alphabetic())
    })
}

/// Ports, addresses, mappings of ports, paths.
fn is_address(value: &str) -> bool {
    let is_number = value.parse::<u16>().is_ok();
    is_number || value.contains('/') || value.contains(':')
}

/// Whether a word has letters, digits and marks mixed as no name of a thing has; `python3` and `Release2` have not.
fn is_mixed(value: &str) -> bool {
    let has = |is: fn(&char) -> bool| value.chars().any(|letter| is(&letter));
    let is_name = value.contains(['.', '/', ':', ',', '=']);
    let kinds = [char::is_ascii_lowercase, char::is_ascii_uppercase, char::is_ascii_digit];
    let kinds = kinds.into_iter().filter(|is| has(*is)).count();
    let has_mark = has(|letter| "!@#$%^&*+?".contains(*letter));
    let stem = value.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_numbered =
        stem.chars().all(|letter| letter.is_ascii_alphabetic() || "-_".contains(letter));
    let is_odd = kinds >= 2 && (has_mark || !is_numbered);
    !is_name && value.len() >= 6 && is_odd
}

/// `id=npm,src=…`, `env:NAME`: which secret is meant, or where it is. What follows `pass:` is found by itself.
fn is_description(value: &str) -> bool {
    ["id=", "type=", "src=", "source=", "pass:", "env:", "file:", "fd:"]
        .iter()
        .any(|start| value.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::command_words::commands;

    fn of(text: &str) -> Vec<(&str, bool)> {
        let found = credentials(text, &commands(text));
        found.into_iter().map(|one| (&text[one.range], one.is_sure)).collect()
    }

    #[test]
    fn passwords_of_programs_are_found() {
        for (text, expected) in [
            ("redis-cli -h db -a tiger77 ping", "tiger77"),
            ("/usr/bin/mysqladmin ping -uroot -ptiger77", "tiger77"),
            ("mariadb -p'tiger 77' -e x", "tiger 77"),
            ("curl -fsSu joe:tiger77 http://localhost/", "tiger77"),
            ("curl --user=joe:tiger77 x", "tiger77"),
            ("sshpass -p tiger77 ssh x", "tiger77"),
            ("mosquitto_sub -u joe -P tiger77 -t x", "tiger77"),
            ("sqlcmd -S x -U sa -P tiger77", "tiger77"),
            ("sqlcmd -S x -U sa -Ptiger77", "tiger77"),
            ("docker login -u joe -p tiger77 x", "tiger77"),
            ("smbclient //x/y -U joe%tiger77", "tiger77"),
            ("openssl enc -pass pass:tiger77 -in x", "tiger77"),
            ("ENV START=mysqladmin -ptiger77 ping", "tiger77"),
            ("openssl passwd -6 tiger77", "tiger77"),
            ("htpasswd -bc /etc/x joe tiger77", "tiger77"),
            ("rabbitmqctl add_user joe tiger77", "tiger77"),
            ("RUN echo 'joe:tiger77' | chpasswd", "tiger77"),
            ("echo tiger77 | docker login --password-stdin x", "tiger77"),
            ("redis-server --requirepass tiger77", "tiger77"),
            ("keytool -import -storepass tiger77", "tiger77"),
            ("app --db-password=tiger77", "tiger77"),
            ("app --db-password \"tiger 77\"", "tiger 77"),
            ("kubeadm join --token tiger77", "tiger77"),
            ("jupyter --NotebookApp.token='tiger77'", "tiger77"),
            ("app -u joe -p tiger77", "tiger77"),
            ("python -u app.py -h db -P tiger", "tiger"),
            ("CMD [\"sh\", \"-c\", \"mysql -ptiger77\"]", "tiger77"),
            ("CMD [\"sh\", \"-c\", \"mysql -p\\\"tiger 77\\\"\"]", "tiger 77"),
            (
                "HEALTHCHECK --timeout=3s CMD [\"CMD-SHELL\",\"redis-cli -a tiger77 ping || exit 1\"]",
                "tiger77",
            ),
        ] {
            let values: Vec<&str> = of(text).into_iter().map(|(value, _)| value).collect();
            assert_eq!(values, [expected], "{text}");
            assert!(of(text)[0].1 || expected.contains(' '), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_masked_but_not_reported() {
        for (text, expected) in [
            ("app -p Xk29d!Lq8", "Xk29d!Lq8"),
            ("useradd -p '$6$salt$tiger77' joe", "$6$salt$tiger77"),
            ("PGPASSWORD=x psql", "x"),
            ("REDISCLI_AUTH=pw redis-cli ping", "pw"),
            ("curl -H 'Authorization: Bearer ab' x", "ab"),
            ("curl -H 'X-Api-Key: ab' x", "ab"),
            ("curl -H X-Api-Key:ab x", "ab"),
            ("ENV DB_PASSWORD tiger", "tiger"),
            ("curl -u joe:password x", "password"),
            ("docker run -e DB_PASSWORD=tiger x", "tiger"),
        ] {
            assert_eq!(of(text), [(expected, false)], "{text}");
        }
    }

    #[test]
    fn ordinary_options_stay_readable() {
        for text in [
            "mkdir -p dir",
            "RUN mkdir -p /a/b && cp -p x y",
            "app -p 8080",
            "app -u joe -p 8080 -h db",
            "app -p production",
            "virtualenv -p python3 /venv",
            "docker run -u joe -p 8080:80 x",
            "docker run -p 127.0.0.1:80:80 x",
            "ssh -p 2222 -l joe x",
            "mysql -P 3306 -u root -p",
            "mysql --port=3306 --protocol=tcp",
            "psql -U joe -p 5432",
            "curl -u joe x",
            "curl -fsSLo x -u \"$U:$P\" y",
            "redis-cli -p 6379 -a $PASSWORD ping",
            "redis-cli -p 6379 -a \"${PASSWORD}\" ping",
            "redis-cli -p 6379 -a \"$(cat /run/secrets/x)\" ping",
            "adduser --disabled-password --gecos '' joe",
            "adduser --disabled-password joe",
            "usermod -p '*' joe",
            "app --password-file /run/secrets/x",
            "app --password /run/secrets/x",
            "docker login --password-stdin",
            "docker build --secret id=npm,src=x .",
            "docker service create --secret db x",
            "ALLOW_EMPTY_PASSWORD=yes app",
            "MAX_TOKENS=4096 app",
            "TOKENIZERS_PARALLELISM=false app",
            "LABEL description=\"your password: keep it\"",
            "python3 -u app.py",
            "apt-get install -y -p x",
            "wget -P /tmp http://x/y",
            "cargo build -p app2x!",
            "echo joe:x",
            "openssl passwd -stdin",
            "openssl enc -pass env:PASSWORD -passin file:x",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
