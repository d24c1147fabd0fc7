//! `jettison import`: a root file system as an image of the local store.

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use jettison_dockerfile::{Arguments, Command, Keyword, Lexer};
use jettison_image::{Compression, Platform, Reference};
use jettison_transport::{
    Destination, OpenOptions, RootfsDescription, Source, TransferOptions,
    copy::{CopyOptions, Platforms},
    transfer,
};

use crate::{
    commands::copy,
    environment::Environment,
    failure::{Failure, Kind},
    images::CompressionArg,
    places::{self, StoreArg},
    terminal::Terminal,
};

/// Make an image of the local store out of a root file system
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A tar (also compressed) or directory; - is standard input
    #[arg(value_name = "FILE|DIR|-")]
    rootfs: PathBuf,
    /// The image's name
    name: Reference,
    /// How it is run, as a Dockerfile says it: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR
    #[arg(long = "change", short, value_name = "INSTRUCTION")]
    changes: Vec<String>,
    /// What the history says of it
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// What it runs on; this machine's without one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Compression of its layer
    #[arg(long, value_enum, default_value_t = CompressionArg::Gzip)]
    compression: CompressionArg,
    #[command(flatten)]
    store: StoreArg,
}

/// Imports, and prints the digest.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let store = args.store.require(environment)?;
    let staging = store.staging().map_err(|error| places::store_failed(&error))?;
    let mut open = OpenOptions::new(&staging);
    open.places = args.store.places(environment);
    open.platform.clone_from(&args.platform);
    open.rootfs = description(args)?;
    let spooled = (args.rootfs.as_os_str() == "-").then(|| spool(&staging)).transpose()?;
    let path = spooled.as_ref().map_or(args.rootfs.as_path(), |file| file.path());
    let options = TransferOptions {
        open,
        copy: CopyOptions {
            platforms: Platforms::One(args.platform.clone()),
            ..CopyOptions::default()
        },
        compression: Some(Compression::from(args.compression)),
        more_names: Vec::new(),
    };
    let source = Source::Rootfs { path: path.to_owned() };
    let destination = Destination::Store { name: args.name.clone() };
    let copied =
        transfer(&source, &destination, &options).map_err(|error| copy::failure(&error))?;
    terminal.line(copied.root.digest.as_str());
    Ok(ExitCode::SUCCESS)
}

/// Standard input in a file: a tar is read at any place.
fn spool(dir: &std::path::Path) -> Result<tempfile::NamedTempFile, Failure> {
    let copied = tempfile::NamedTempFile::new_in(dir).and_then(|mut file| {
        let mut buffer = vec![0; 1 << 20];
        let mut stdin = std::io::stdin().lock();
        loop {
            match stdin.read(&mut buffer)? {
                0 => return Ok(file),
                read => file.write_all(&buffer[..read])?,
            }
        }
    });
    copied.map_err(|error| {
        places::with_space_hint(Failure::from_error(Kind::Operation, &error), &error)
    })
}

fn description(args: &Args) -> Result<RootfsDescription, Failure> {
    let mut description =
        RootfsDescription { comment: args.message.clone(), ..RootfsDescription::default() };
    for change in &args.changes {
        apply(change, &mut description).map_err(|problem| {
            Failure::new(Kind::Input, format!("--change {change:?}: {problem}"))
        })?;
    }
    Ok(description)
}

/// One instruction.
fn apply(change: &str, to: &mut RootfsDescription) -> Result<(), String> {
    let file = jettison_dockerfile::parse(change.as_bytes());
    let [instruction] = file.instructions.as_slice() else {
        return Err("expected one instruction, as in \"CMD nginx\"".to_owned());
    };
    let plain = |text: &str| {
        let expanded = Lexer::new('\\').expand(text, &|_| None);
        expanded.map(|expanded| expanded.text).map_err(|error| error.to_string())
    };
    match (&instruction.keyword, &instruction.arguments) {
        (Keyword::Cmd, Arguments::Command(command)) => to.cmd = Some(words(command)),
        (Keyword::Entrypoint, Arguments::Command(command)) => to.entrypoint = Some(words(command)),
        (Keyword::Env, Arguments::Pairs(pairs)) => {
            for pair in pairs {
                let value = pair.value.as_ref().map(|value| plain(&value.text)).transpose()?;
                to.env.push(format!("{}={}", pair.key.text, value.unwrap_or_default()));
            }
        }
        (Keyword::Label, Arguments::Pairs(pairs)) => {
            for pair in pairs {
                let value = pair.value.as_ref().map(|value| plain(&value.text)).transpose()?;
                to.labels.insert(pair.key.text.clone(), value.unwrap_or_default());
            }
        }
        (Keyword::Expose, Arguments::Words(ports)) => {
            for port in ports {
                let port = &port.text;
                to.expose.insert(if port.contains('/') {
                    port.clone()
                } else {
                    format!("{port}/tcp")
                });
            }
        }
        (Keyword::Volume, Arguments::Words(paths)) => {
            to.volumes.extend(paths.iter().map(|path| path.text.clone()));
        }
        (Keyword::User, Arguments::Single(user)) => to.user.clone_from(&user.text),
        (Keyword::Workdir, Arguments::Single(dir)) => to.workdir.clone_from(&dir.text),
        (Keyword::Stopsignal, Arguments::Single(signal)) => {
            to.stop_signal = Some(signal.text.clone());
        }
        _ => {
            return Err(
                "expected CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

fn words(command: &Command) -> Vec<String> {
    match command {
        Command::Exec(words) => words.iter().map(|word| word.text.clone()).collect(),
        Command::Shell(text) => {
            vec!["/bin/sh".to_owned(), "-c".to_owned(), text.as_str().trim().to_owned()]
        }
    }
}
