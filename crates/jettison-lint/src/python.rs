//! Command lines of pip.

use crate::{
    packages::{Install, report_unpinned},
    report::Report,
    shell::{Command, Word},
    subject::{Run, Subject},
};

/// `pip install …`, however it is called.
#[derive(Debug)]
pub(crate) struct PipInstall<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) command: &'a Command,
    /// The word `install`.
    pub(crate) subcommand: &'a Word,
    /// What is installed.
    pub(crate) packages: Vec<&'a Word>,
}

/// Options whose value is the next argument (pip's own help).
const VALUED: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--proxy",
    "--timeout",
    "--trusted-host",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "-f",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--global-option",
    "--install-option",
    "--cache-dir",
    "--log",
    "--retries",
    "--src",
    "-b",
    "--build",
    "-d",
    "--upgrade-strategy",
    "--progress-bar",
    "--cert",
    "--client-cert",
    "--exists-action",
    "--python",
    "--config-settings",
    "-C",
    "--use-feature",
    "--use-deprecated",
    "--group",
];

/// All of them.
pub(crate) fn pip_installs<'a>(subject: &'a Subject<'a>) -> impl Iterator<Item = PipInstall<'a>> {
    subject.commands().filter_map(|(run, command)| {
        let operands = command.operands_after_options(VALUED);
        let is_program = is_pip(command.name());
        let is_module = command.name().starts_with("python")
            && command
                .arguments()
                .windows(2)
                .any(|pair| pair[0].text == "-m" && is_pip(&pair[1].text));
        if !is_program && !is_module {
            return None;
        }
        let at = operands.iter().position(|word| word.text == "install")?;
        let is_first = at == usize::from(is_module);
        is_first.then(|| PipInstall {
            run,
            command,
            subcommand: operands[at],
            packages: operands[at + 1..].to_vec(),
        })
    })
}

/// `pip`, `pip3`, `pip3.11`, `pip2`.
fn is_pip(name: &str) -> bool {
    name.strip_prefix("pip").is_some_and(|rest| {
        rest.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}

/// Reports packages of `install` without a version. A requirements or constraints file settles
/// the versions elsewhere.
pub(crate) fn report_loose(subject: &Subject<'_>, out: &mut Report, install: &PipInstall<'_>) {
    let elsewhere = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];
    let is_elsewhere = install.command.arguments().iter().any(|word| {
        elsewhere.iter().any(|option| word.text == *option)
            || word.text.starts_with("--requirement=")
            || word.text.starts_with("--constraint=")
            || (word.text.starts_with("-r") && word.text.len() > 2)
            || (word.text.starts_with("-c") && word.text.len() > 2)
    });
    if is_elsewhere {
        return;
    }
    let generic = Install {
        run: install.run,
        command: install.command,
        subcommand: install.subcommand,
        packages: install.packages.clone(),
    };
    report_unpinned(subject, out, &generic, is_pinned);
}

/// Whether `package` names a version, a file, a directory or a revision.
fn is_pinned(package: &str) -> bool {
    let is_git = ["git+", "hg+", "bzr+", "svn+"].iter().any(|prefix| package.starts_with(prefix));
    if is_git {
        return package.rsplit_once('/').is_some_and(|(_, last)| last.contains('@'));
    }
    ["==", ">=", "<=", "~=", "!=", "<", ">", "@"].iter().any(|mark| package.contains(mark))
        || package.starts_with(['.', '/'])
        || package.contains("://")
        || package.contains('/')
        || [".whl", ".tar.gz", ".zip", ".tgz"].iter().any(|suffix| package.ends_with(suffix))
}
