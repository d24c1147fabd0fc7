//! `jettison images`: what the local store, or an engine, has.

use std::{collections::BTreeSet, process::ExitCode, time::SystemTime};

use globset::{Glob, GlobMatcher};
use jettison_image::{Digest, Reference};
use jettison_transport::{
    engine::{Engine, EngineImage},
    store::StoreImage,
};
use serde_json::{Value, json};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::ImageText,
    moment, places,
    places::StoreArg,
    summary::bytes,
    table,
    terminal::Terminal,
};

/// List images of the local store, or of an engine
///
/// SIZE is what an image's files take; SHARED of that is needed by other images too, OWN is what removing it frees. With -q,
/// ids alone are printed.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only images of this name (a repository, or repository and tag)
    #[arg(value_name = "NAME[:TAG]")]
    name: Option<String>,
    /// List what Docker has, instead of the local store
    #[arg(long, conflicts_with = "podman")]
    docker: bool,
    /// List what podman has, instead of the local store
    #[arg(long)]
    podman: bool,
    /// Only images for which this holds: reference=GLOB, dangling=true|false, label=KEY[=VALUE]
    #[arg(long = "filter", short = 'f', value_name = "KEY=VALUE", value_parser = filter)]
    filters: Vec<Filter>,
    /// Show digests, by which registries know images
    #[arg(long)]
    digests: bool,
    /// Show whole ids
    #[arg(long)]
    no_trunc: bool,
    /// How images are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    store: StoreArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    /// One object a line
    Json,
}

#[derive(Clone, Debug)]
enum Filter {
    Reference(GlobMatcher),
    Dangling(bool),
    Label(String, Option<String>),
}

fn filter(text: &str) -> Result<Filter, String> {
    let known = "expected reference=GLOB, dangling=true|false or label=KEY[=VALUE]";
    let (key, value) = text.split_once('=').ok_or(known)?;
    match key {
        "reference" => {
            let glob = Glob::new(value).map_err(|error| error.to_string())?;
            Ok(Filter::Reference(glob.compile_matcher()))
        }
        "dangling" => value.parse().map(Filter::Dangling).map_err(|_error| known.to_owned()),
        "label" => Ok(match value.split_once('=') {
            Some((key, value)) => Filter::Label(key.to_owned(), Some(value.to_owned())),
            None => Filter::Label(value.to_owned(), None),
        }),
        _ => Err(known.to_owned()),
    }
}

/// One name of an image, or an image without one.
struct Row {
    name: Option<Reference>,
    digest: Option<Digest>,
    id: Digest,
    created: Option<i64>,
    created_text: Option<String>,
    platforms: Vec<String>,
    size: u64,
    /// Known for the local store alone.
    shared: Option<u64>,
    labels: Vec<(String, String)>,
    /// Whether documents are missing.
    is_damaged: bool,
}

/// Lists.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut rows = rows(args, environment)?;
    let wanted = args.name.as_deref().map(Wanted::parse).transpose()?;
    rows.retain(|row| {
        wanted.as_ref().is_none_or(|wanted| wanted.is(row.name.as_ref()))
            && args.filters.iter().all(|filter| filter.holds(row))
    });
    if terminal.is_quiet() {
        let mut ids: Vec<String> = rows.iter().map(|row| args.id(&row.id)).collect();
        // One id for all names of an image.
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        for id in &ids {
            terminal.line(id);
        }
        return Ok(ExitCode::SUCCESS);
    }
    match args.format {
        Format::Json => print_json(&rows, terminal),
        Format::Table => print(args, &rows, terminal),
    }
    for row in rows.iter().filter(|row| row.is_damaged) {
        let name = row.name.as_ref().map_or_else(|| row.id.short().to_owned(), Reference::familiar);
        terminal.warning(&terminal.language.say(ImageText::Damaged, &[&name]));
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(args: &Args, environment: &Environment) -> Result<Vec<Row>, Failure> {
    let places = args.store.places(environment);
    let engine = if args.docker { places.docker } else { places.podman };
    if args.docker || args.podman {
        let images = engine.as_ref().map(Engine::images).expect("both are always configured");
        let images = images.map_err(|error| places::engine_failed(&error))?;
        return Ok(images.iter().flat_map(of_engine).collect());
    }
    let images = args.store.require(environment)?.images();
    let images = images.map_err(|error| places::store_failed(&error))?;
    let mut rows: Vec<Row> = images.iter().flat_map(of_store).collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.name.is_none(), row.name.clone(), row.id.clone());
        key(a).cmp(&key(b))
    });
    Ok(rows)
}

fn of_store(image: &StoreImage) -> Vec<Row> {
    let platforms: Vec<String> =
        image.platforms.iter().map(|platform| platform.platform.to_string()).collect();
    let config = image.main().and_then(|main| main.config.as_ref());
    let created_text = config.and_then(|config| config.created.clone());
    let labels = config.map(|config| config.config.labels.clone()).unwrap_or_default();
    let names: Vec<Option<Reference>> = match image.names.as_slice() {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    let row = |name| Row {
        name,
        digest: Some(image.digest.clone()),
        id: image.id.clone(),
        created: created_text.as_deref().and_then(moment::seconds),
        created_text: created_text.clone(),
        platforms: platforms.clone(),
        size: image.size,
        shared: Some(image.shared),
        labels: labels.clone().into_iter().collect(),
        is_damaged: !image.missing.is_empty(),
    };
    names.into_iter().map(row).collect()
}

fn of_engine(image: &EngineImage) -> Vec<Row> {
    let names: Vec<Option<Reference>> = match image.names.as_slice() {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    let digest = image.digests.iter().find_map(|name| name.digest().cloned());
    let row = |name| Row {
        name,
        digest: digest.clone(),
        id: image.id.clone(),
        created: image.created,
        created_text: None,
        platforms: image.platform.iter().map(ToString::to_string).collect(),
        size: image.size,
        shared: None,
        labels: image.labels.clone().into_iter().collect(),
        is_damaged: false,
    };
    names.into_iter().map(row).collect()
}

/// What stands behind `images`: a repository alone means all its tags.
struct Wanted {
    name: Reference,
    has_tag: bool,
}

impl Wanted {
    fn parse(text: &str) -> Result<Self, Failure> {
        let name: Reference =
            text.parse().map_err(|error| Failure::from_error(Kind::Input, &error))?;
        let last = text.rsplit('/').next().unwrap_or(text);
        Ok(Self { name, has_tag: last.contains(':') || text.contains('@') })
    }

    fn is(&self, name: Option<&Reference>) -> bool {
        name.is_some_and(|name| {
            name.repository() == self.name.repository() && (!self.has_tag || *name == self.name)
        })
    }
}

impl Filter {
    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::Dangling(dangling) => row.name.is_none() == *dangling,
            Self::Label(key, value) => row.labels.iter().any(|(own, own_value)| {
                own == key && value.as_ref().is_none_or(|value| value == own_value)
            }),
            Self::Reference(glob) => row.name.as_ref().is_some_and(|name| {
                glob.is_match(name.familiar()) || glob.is_match(name.familiar_repository())
            }),
        }
    }
}

impl Args {
    fn id(&self, id: &Digest) -> String {
        if self.no_trunc { id.to_string() } else { id.short().to_owned() }
    }
}

fn none() -> String {
    "<none>".to_owned()
}

fn print(args: &Args, rows: &[Row], terminal: &Terminal) {
    let is_store = !args.docker && !args.podman;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let mut head = vec!["NAME", "TAG"];
    if args.digests {
        head.push("DIGEST");
    }
    head.extend(["IMAGE ID", "CREATED"]);
    if is_store {
        head.push("PLATFORM");
    }
    head.push("SIZE");
    if is_store {
        head.extend(["SHARED", "OWN"]);
    }
    let cells = |row: &Row| {
        let name = row.name.as_ref();
        let mut cells = vec![
            name.map_or_else(none, Reference::familiar_repository),
            name.and_then(|name| name.tag()).map_or_else(none, str::to_owned),
        ];
        if args.digests {
            cells.push(row.digest.as_ref().map_or_else(none, Digest::to_string));
        }
        cells.extend([args.id(&row.id), moment::ago(row.created, now)]);
        if is_store {
            cells.push(row.platforms.join(","));
        }
        cells.push(bytes(row.size));
        if let Some(shared) = row.shared {
            cells.extend([bytes(shared), bytes(row.size - shared)]);
        }
        cells
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    for line in table::lines(&head, &rows) {
        terminal.line(&line);
    }
}

fn print_json(rows: &[Row], terminal: &Terminal) {
    for row in rows {
        terminal.line(&json(row).to_string());
    }
}

fn json(row: &Row) -> Value {
    let name = row.name.as_ref();
    json!({
        "name": name.map(Reference::familiar_repository),
        "tag": name.and_then(|name| name.tag()),
        "reference": name.map(ToString::to_string),
        "digest": row.digest,
        "id": row.id,
        "created": row.created_text,
        "createdAt": row.created,
        "platforms": row.platforms,
        "size": row.size,
        "shared": row.shared,
        "own": row.shared.map(|shared| row.size - shared),
    })
}
