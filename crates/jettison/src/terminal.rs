//! The one way to the user: results on stdout, everything else on stderr.

#![expect(clippy::print_stderr, reason = "this is the one place that prints")]

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{environment::Environment, failure::Failure, messages::Language};

/// How often a spinner turns: often enough to look alive.
pub(crate) const TURN: Duration = Duration::from_millis(120);

/// Output of one run of jettison.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// The language of messages.
    pub(crate) language: Language,
    is_quiet: bool,
    has_colour: bool,
    /// All that moves on stderr. Whatever is printed makes it step aside, from whichever thread.
    moving: MultiProgress,
    /// Whether somebody watches: stderr is a terminal, and nobody asked for quiet.
    is_watched: bool,
    spinner: RefCell<Option<ProgressBar>>,
}

impl Terminal {
    /// Progress goes to stderr: a spinner where that is a terminal, plain lines where it is not, nothing when quiet.
    pub(crate) fn new(quiet: crate::cli::Quiet, environment: &Environment) -> Self {
        let is_quiet = quiet.quiet;
        let is_watched = !is_quiet && std::io::stderr().is_terminal();
        let target =
            if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            language: environment.language,
            is_quiet,
            has_colour: std::io::stdout().is_terminal() && !environment.no_color,
            moving: MultiProgress::with_draw_target(target),
            is_watched,
            spinner: RefCell::new(None),
        }
    }

    /// Columns of the terminal that the result goes to; 100 where it is none.
    pub(crate) fn width() -> usize {
        const WITHOUT: usize = 100;
        let size = rustix::termios::tcgetwinsize(std::io::stdout());
        size.ok()
            .map(|size| usize::from(size.ws_col))
            .filter(|&columns| columns >= 40)
            .unwrap_or(WITHOUT)
    }

    /// A line of the result.
    pub(crate) fn line(&self, text: &str) {
        self.clear();
        // A reader that went away (`| head`) is no reason to fail.
        drop(self.moving.suspend(|| writeln!(std::io::stdout(), "{text}")));
    }

    /// A result of several lines, which ends as it ends.
    pub(crate) fn text(&self, text: &str) {
        self.clear();
        drop(self.moving.suspend(|| write!(std::io::stdout(), "{text}")));
    }

    /// Where a long result goes as it comes: to a terminal line by line, else in large pieces. Flushed by whoever writes.
    pub(crate) fn results(&self) -> Box<dyn Write> {
        const PIECE: usize = 1 << 16;
        self.clear();
        let out = std::io::stdout();
        if out.is_terminal() {
            return Box::new(out);
        }
        Box::new(std::io::BufWriter::with_capacity(PIECE, out))
    }

    /// Whether only results, warnings and errors are wanted.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether the result may be coloured.
    pub(crate) const fn has_colour(&self) -> bool {
        self.has_colour
    }

    /// What is going on, on stderr: on a terminal, gone when the next thing goes on.
    pub(crate) fn progress(&self, text: &str) {
        if self.is_watched {
            let mut current = self.spinner.borrow_mut();
            let bar = current.get_or_insert_with(|| self.moving.add(spinner()));
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(TURN);
        } else if !self.is_quiet {
            eprintln!("{text}");
        }
    }

    /// What was done or found out, on stderr; it stays.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet {
            self.clear();
            self.print(text);
        }
    }

    /// Something to look at, on stderr, quiet or not.
    pub(crate) fn warning(&self, text: &str) {
        self.clear();
        self.print(&format!("{}: {text}", self.language.warning_word()));
    }

    /// Something a person is to do now, on stderr, quiet or not.
    pub(crate) fn prompt(&self, text: &str) {
        self.clear();
        self.print(text);
    }

    /// A way for other threads to [note](Self::note) something.
    pub(crate) fn notifier(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let (is_quiet, moving) = (self.is_quiet, self.moving.clone());
        move |text| {
            if !is_quiet {
                moving.suspend(|| eprintln!("{text}"));
            }
        }
    }

    /// Where bars may be drawn, if somebody watches.
    pub(crate) fn bars(&self) -> Option<MultiProgress> {
        self.is_watched.then(|| self.moving.clone())
    }

    fn print(&self, text: &str) {
        self.moving.suspend(|| eprintln!("{text}"));
    }

    /// Why the command failed, and the way out.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.clear();
        self.print(&format!("{}: {failure}", self.language.error_word()));
        for hint in failure.hints() {
            self.print(&format!("  {}: {hint}", self.language.hint_word()));
        }
    }

    /// Takes the spinner away until the next progress.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.spinner.take() {
            bar.finish_and_clear();
            self.moving.remove(&bar);
        }
    }

    /// Text made bold, where the result goes to a terminal that likes colour.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.has_colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Turns beside what goes on.
pub(crate) fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid");
    ProgressBar::new_spinner().with_style(style)
}
