//! Asking a person for a name and a password on their terminal, the password unseen.

use std::{
    fs::File,
    io::{self, BufRead, Read, Write},
};

use jettison_registry::Secret;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// Longer than any password or token that is typed, in bytes.
const MAX_LINE: usize = 64 << 10;

/// What ends a line, edits it, or gives it up.
mod key {
    pub(super) const INTERRUPT: u8 = 3;
    pub(super) const END: u8 = 4;
    pub(super) const BACKSPACE: u8 = 8;
    pub(super) const NEW_LINE: u8 = b'\n';
    pub(super) const RETURN: u8 = b'\r';
    pub(super) const ERASE_ALL: u8 = 21;
    pub(super) const DELETE: u8 = 127;
}

/// A line that is shown while it is typed.
pub(crate) fn ask(prompt: &str) -> io::Result<String> {
    let mut terminal = terminal()?;
    terminal.write_all(prompt.as_bytes())?;
    let mut line = String::new();
    io::BufReader::new(terminal.take(MAX_LINE as u64)).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// A line that is not shown. The terminal is as it was afterwards, also when the person gives up.
pub(crate) fn ask_unseen(prompt: &str) -> io::Result<Secret> {
    let mut terminal = terminal()?;
    // Before it asks: who answers at once (a program) must not be seen or lost.
    let unseen = Unseen::new(terminal.try_clone()?)?;
    terminal.write_all(prompt.as_bytes())?;
    let line = read_line(&mut terminal);
    drop(unseen);
    terminal.write_all(b"\n")?;
    line.map(Secret::new)
}

/// The person's own terminal, whatever stdin is.
fn terminal() -> io::Result<File> {
    Ok(fs_err::OpenOptions::new().read(true).write(true).open("/dev/tty")?.into_parts().0)
}

/// While this lives, keys are neither shown nor turned into signals: a signal would leave the terminal mute.
struct Unseen {
    terminal: File,
    before: Termios,
}

impl Unseen {
    fn new(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut mute = before.clone();
        mute.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        mute.special_codes[SpecialCodeIndex::VMIN] = 1;
        mute.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Flush, &mute)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
    }
}

fn read_line(input: &mut impl Read) -> io::Result<String> {
    let interrupted = || io::Error::new(io::ErrorKind::Interrupted, "given up");
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        if input.read(&mut byte)? == 0 {
            return Err(interrupted());
        }
        match byte[0] {
            key::NEW_LINE | key::RETURN => break,
            key::INTERRUPT => return Err(interrupted()),
            key::END if line.is_empty() => return Err(interrupted()),
            key::END => break,
            key::BACKSPACE | key::DELETE => {
                // The rest of a character of several bytes goes with its first.
                while line.pop().is_some_and(|byte: u8| byte & 0xc0 == 0x80) {}
            }
            key::ERASE_ALL => line.clear(),
            other if line.len() < MAX_LINE => line.push(other),
            _ => {}
        }
    }
    String::from_utf8(line)
        .map_err(|_unsaid| io::Error::new(io::ErrorKind::InvalidData, "the password is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited() {
        for (keys, expected) in [
            (&b"hunter2\n"[..], Some("hunter2")),
            (b"hunter3\x7f2\r", Some("hunter2")),
            (b"wrong\x15hunter2\n", Some("hunter2")),
            ("\u{fc}\u{e4}\x08b\n".as_bytes(), Some("\u{fc}b")),
            (b"hunter2\x04", Some("hunter2")),
            (b"\x04", None),
            (b"hun\x03", None),
            (b"hun", None),
        ] {
            assert_eq!(read_line(&mut &*keys).ok().as_deref(), expected);
        }
    }
}
