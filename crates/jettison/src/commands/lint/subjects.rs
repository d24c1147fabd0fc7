//! Which files are looked at, and with which settings.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use fs_err as fs;
use jettison_dockerfile::{Dockerfile, parse};
use jettison_lint::{Configuration, ContextDirectory, Images, Level, MAX_FILE, Settings, discover};

use super::{
    Args,
    contexts::{Contexts, Place, relative},
};
use crate::failure::{Failure, Kind};

/// A file to look at.
pub(super) struct Subject {
    /// As it is shown.
    pub(super) shown: String,
    /// Where it lies; none for standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) source: Vec<u8>,
    /// The same, read.
    pub(super) file: Dockerfile,
    pub(super) context: Rc<ContextDirectory>,
    /// The context as it is shown.
    pub(super) shown_context: PathBuf,
    pub(super) settings: Settings,
}

/// Hands out the files one by one.
pub(super) struct Subjects<'a> {
    args: &'a Args,
    /// `None` stands for standard input.
    files: std::vec::IntoIter<Option<PathBuf>>,
    configurations: BTreeMap<PathBuf, Rc<Configuration>>,
    contexts: Contexts,
    fail_on: Option<Level>,
}

impl<'a> Subjects<'a> {
    pub(super) fn new(args: &'a Args, bases: &'a Arc<dyn Images>) -> Result<Self, Failure> {
        let files = files(args)?.into_iter();
        let contexts = Contexts::new(args.context.as_deref(), bases)?;
        let configurations = BTreeMap::new();
        Ok(Self { args, files, configurations, contexts, fail_on: args.fail_on })
    }

    /// The level from which findings fail the run: asked for, configured, or warning.
    pub(super) fn fail_on(&self) -> Level {
        self.fail_on.unwrap_or(Level::Warning)
    }

    /// The next file, read.
    pub(super) fn next(&mut self) -> Result<Option<Subject>, Failure> {
        let Some(path) = self.files.next() else { return Ok(None) };
        let source = read(path.as_deref())?;
        let file = parse(&source);
        let named = path.clone().or_else(|| self.args.stdin_filename.clone());
        let place = Place::of(named.as_deref())?;
        let configuration = self.configuration(&place.directory)?;
        let mut settings = self.settings(&configuration, &place.path());
        let configured = configuration.context_for(&place.path());
        let (context, shown_context) = self.contexts.find(&place, configured, &file)?;
        settings.file_name = Some(match context.path() {
            Some(context) => relative(context, &place.path()).to_string_lossy().into_owned(),
            None => place.name.to_string_lossy().into_owned(),
        });
        let shown = named.as_ref().map_or("-".to_owned(), |path| path.display().to_string());
        Ok(Some(Subject { shown, path, source, file, context, shown_context, settings }))
    }

    /// The settings for the file `path`.
    pub(super) fn settings_for(&mut self, path: &Path) -> Result<Settings, Failure> {
        let place = Place::of(Some(path))?;
        let configuration = self.configuration(&place.directory)?;
        Ok(self.settings(&configuration, &place.path()))
    }

    fn configuration(&mut self, directory: &Path) -> Result<Rc<Configuration>, Failure> {
        if let Some(known) = self.configurations.get(directory) {
            return Ok(Rc::clone(known));
        }
        let configuration = match &self.args.config {
            Some(file) => Configuration::load(file),
            None => Configuration::find(directory),
        };
        let configuration =
            configuration.map_err(|error| Failure::from_error(Kind::Input, &error))?;
        let configuration = Rc::new(configuration);
        self.configurations.insert(directory.to_owned(), Rc::clone(&configuration));
        Ok(configuration)
    }

    fn settings(&mut self, configuration: &Configuration, path: &Path) -> Settings {
        let mut settings = configuration.settings_for(path);
        settings.select.extend(self.args.select.iter().cloned());
        settings.ignore.extend(self.args.ignore.iter().cloned());
        settings.today = today();
        self.fail_on = self.fail_on.or(configuration.fail_on);
        settings
    }
}

/// What is in the file `path`, or comes by standard input.
fn read(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    let limit = MAX_FILE as u64 + 1;
    let mut source = Vec::new();
    match path {
        Some(path) => {
            fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut source))
        }
        None => std::io::stdin().take(limit).read_to_end(&mut source),
    }
    .map_err(failed)?;
    if source.len() > MAX_FILE {
        let name = path.map_or("standard input".to_owned(), |path| path.display().to_string());
        let text = format!("{name} has more than {} MiB: that is no Dockerfile", MAX_FILE >> 20);
        return Err(Failure::new(Kind::Input, text).hint("name the Dockerfiles themselves"));
    }
    Ok(source)
}

/// The files to look at: `None` stands for standard input.
pub(super) fn files(args: &Args) -> Result<Vec<Option<PathBuf>>, Failure> {
    if args.stdin || args.stdin_filename.is_some() && args.paths.is_empty() {
        return Ok(vec![None]);
    }
    if args.paths.is_empty() && !args.k8s.is_empty() {
        return Ok(Vec::new());
    }
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(None);
        } else if path.is_dir() {
            found.extend(discover(path).into_iter().map(|path| Some(plain(&path))));
        } else {
            found.push(Some(path.clone()));
        }
    }
    if found.is_empty() {
        return Err(Failure::new(Kind::Input, "there is no Dockerfile here")
            .hint("name one, or a directory that holds some: jettison lint PATH"));
    }
    Ok(found)
}

/// A path as people write it: without the leading dot.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.strip_prefix("./").unwrap_or(path).to_owned()
}

/// Days since 1970-01-01.
pub(crate) fn today() -> Option<i64> {
    const DAY: u64 = 24 * 60 * 60;
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_secs() / DAY).ok()
}
