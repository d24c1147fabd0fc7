//! Commands that a user wants to be run in the container: `--exec` and `--exec-file`.

use std::{io, path::Path, time::Duration};

use crate::{
    container::{Command, Runner},
    transcript::CommandRecord,
};

/// A script for a shell; one that is longer than this is another file given by mistake.
const MAX_SCRIPT_BYTES: u64 = 1 << 20;

/// The command of `--exec TEXT`: a JSON list of words is run as it is, for images without a
/// shell; anything else is a snippet for `shell`, the image's SHELL (empty for the default).
pub fn parse_exec(text: &str, shell: &[String]) -> Command {
    if text.trim_start().starts_with('[')
        && let Ok(words) = serde_json::from_str::<Vec<String>>(text)
        && !words.is_empty()
    {
        return Command::new(words);
    }
    Command::shell(text, shell)
}

/// The command of `--exec-file PATH`: the whole file as one snippet for `shell`.
///
/// # Errors
/// When the file cannot be read, is not UTF-8, or is larger than a mebibyte. The error names it.
pub fn read_exec_file(path: &Path, shell: &[String]) -> io::Result<Command> {
    use std::io::Read as _;
    let mut text = String::new();
    fs_err::File::open(path)?
        .take(MAX_SCRIPT_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    if text.len() as u64 > MAX_SCRIPT_BYTES {
        let problem = format!("{}: a script of more than 1 MiB", path.display());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(Command::shell(&text, shell))
}

/// Runs one command and writes down what it did; that it could not start is a result too.
pub(crate) fn run_command(
    runner: &dyn Runner,
    command: &Command,
    timeout: Duration,
) -> CommandRecord {
    match runner.run(command, timeout) {
        Ok(outcome) => CommandRecord::new(command.clone(), &outcome),
        Err(error) => CommandRecord::not_started(command.clone(), &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_and_lists() {
        let table: &[(&str, &[&str])] = &[
            ("redis-cli ping", &["/bin/sh", "-c", "redis-cli ping"]),
            (r#"["redis-cli", "ping"]"#, &["redis-cli", "ping"]),
            ("[ -e /x ]", &["/bin/sh", "-c", "[ -e /x ]"]),
            ("[]", &["/bin/sh", "-c", "[]"]),
        ];
        for (text, argv) in table {
            assert_eq!(parse_exec(text, &[]).argv, *argv, "{text}");
        }
    }

    #[test]
    fn a_script_is_one_snippet() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "set -e\nls\n").unwrap();
        let command = read_exec_file(file.path(), &["/bin/bash".into(), "-c".into()]).unwrap();
        assert_eq!(command.argv, ["/bin/bash", "-c", "set -e\nls\n"]);
        fs_err::write(file.path(), b"\xff").unwrap();
        let name = file.path().display().to_string();
        assert!(read_exec_file(file.path(), &[]).unwrap_err().to_string().contains(&name));
        assert!(read_exec_file(Path::new("/none"), &[]).unwrap_err().to_string().contains("/none"));
    }
}
