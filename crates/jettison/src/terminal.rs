//! The one way to the user: results on stdout, everything else on stderr.

#![expect(clippy::print_stderr, reason = "this is the one place that prints")]

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{environment::Environment, failure::Failure, messages::Language};

/// How often a spinner turns: often enough to look alive.
const TURN: Duration = Duration::from_millis(120);

/// Output of one run of jettison.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// The language of messages.
    pub(crate) language: Language,
    is_quiet: bool,
    has_colour: bool,
    spinner: RefCell<Option<ProgressBar>>,
}

impl Terminal {
    /// Progress goes to stderr: a spinner where that is a terminal, plain lines where it is not, nothing when quiet.
    pub(crate) fn new(quiet: crate::cli::Quiet, environment: &Environment) -> Self {
        let is_quiet = quiet.quiet;
        let spinner = (!is_quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid"),
            );
            bar
        });
        Self {
            language: environment.language,
            is_quiet,
            has_colour: std::io::stdout().is_terminal() && !environment.no_color,
            spinner: RefCell::new(spinner),
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
        drop(writeln!(std::io::stdout(), "{text}"));
    }

    /// A result of several lines, which ends as it ends.
    pub(crate) fn text(&self, text: &str) {
        self.clear();
        drop(write!(std::io::stdout(), "{text}"));
    }

    /// Whether only results, warnings and errors are wanted.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether the result may be coloured.
    pub(crate) const fn has_colour(&self) -> bool {
        self.has_colour
    }

    /// What is going on, on stderr.
    pub(crate) fn progress(&self, text: &str) {
        if self.is_quiet {
            return;
        }
        match &*self.spinner.borrow() {
            Some(bar) => {
                bar.set_message(text.to_owned());
                bar.enable_steady_tick(TURN);
            }
            None => eprintln!("{text}"),
        }
    }

    /// Something to look at, on stderr, quiet or not.
    pub(crate) fn warning(&self, text: &str) {
        self.clear();
        eprintln!("{}: {text}", self.language.warning_word());
    }

    /// Something a person is to do now, on stderr, quiet or not.
    pub(crate) fn prompt(&self, text: &str) {
        self.clear();
        eprintln!("{text}");
    }

    /// A way for other threads to say what is going on; says nothing when quiet.
    pub(crate) fn notifier(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let is_quiet = self.is_quiet;
        // What is drawn on the line at the time is drawn again later.
        let clear = if std::io::stderr().is_terminal() { "\r\u{1b}[K" } else { "" };
        move |text| {
            if !is_quiet {
                eprintln!("{clear}{text}");
            }
        }
    }

    /// Why the command failed, and the way out.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.clear();
        eprintln!("{}: {failure}", self.language.error_word());
        for hint in failure.hints() {
            eprintln!("  {}: {hint}", self.language.hint_word());
        }
    }

    /// Takes the spinner away until the next progress.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &*self.spinner.borrow() {
            bar.disable_steady_tick();
            bar.set_message("");
            bar.tick();
            bar.reset();
            drop(bar.suspend(|| std::io::stderr().flush()));
        }
    }

    /// Text made bold, where the result goes to a terminal that likes colour.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.has_colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
