//! `jettison inspect`: everything that is known of an image, as Docker shows it.

use std::process::ExitCode;

use jettison_image::{Compression, Descriptor, MediaKind, Reference};
use jettison_transport::{OpenOptions, StoredImage, locate};
use serde_json::{Map, Value, json};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images, places,
    places::StoreArg,
    registries::RegistryArgs,
    template,
    terminal::Terminal,
};

/// Show what an image is: config, ports, sizes, layers with the steps that made them
///
/// The fields are those of `docker image inspect`, and Layers beside them: each with its digest, its stored size and the
/// instruction of the history that made it. Nothing is unpacked.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Names, paths, or transport:PLACE as for `copy`
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Show this alone: json, or a template such as '{{.Config.User}}' or '{{json .Config.ExposedPorts}}'
    #[arg(long, short, value_name = "TEMPLATE", default_value = "json")]
    format: String,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Shows each image.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut options = images::open_options(&std::env::temp_dir(), args.platform.as_deref())?;
    options.places = args.store.places(environment);
    options.places.registries = Some(args.registries.client(environment, terminal)?);
    let mut found = Vec::new();
    for text in &args.images {
        found.push(inspect(text, &options, terminal)?);
    }
    terminal.clear();
    if args.format == "json" {
        let text = serde_json::to_string_pretty(&found).expect("JSON can be written");
        terminal.line(&text);
        return Ok(ExitCode::SUCCESS);
    }
    for image in &found {
        let text = template::render(&args.format, image)
            .map_err(|error| Failure::from_error(Kind::Input, &error))?;
        terminal.line(&text);
    }
    Ok(ExitCode::SUCCESS)
}

fn inspect(text: &str, options: &OpenOptions, terminal: &Terminal) -> Result<Value, Failure> {
    let source = places::source(text, &options.places, terminal)?;
    let image = locate(&source, options).map_err(|error| places::not_opened(&error))?;
    let layers = layers(&image)?;
    Ok(shown(&image, &layers))
}

fn layers(image: &StoredImage) -> Result<Vec<Value>, Failure> {
    let steps = image.config.history.iter().filter(|step| !step.empty_layer);
    let steps: Vec<_> = steps.collect();
    // Some builders write no history, or less of it.
    let has_all = steps.len() == image.layers.len();
    let mut layers = Vec::new();
    for (index, layer) in image.layers.iter().enumerate() {
        let descriptor = layer.descriptor().map_err(|error| {
            Failure::new(Kind::Input, format!("{}: layer {} {error}", image.source_name, index + 1))
        })?;
        let Descriptor { media_type, digest, size, .. } = &descriptor;
        let compression = match MediaKind::of(media_type) {
            MediaKind::Layer(compression) => compression,
            _ => layer.compression().unwrap_or(Compression::None),
        };
        let step = has_all.then(|| steps[index]);
        layers.push(json!({
            "Digest": digest,
            "DiffID": layer.diff_id,
            "MediaType": media_type,
            "Compression": compression.name(),
            "Size": size,
            "Created": step.and_then(|step| step.created.clone()),
            "CreatedBy": step.and_then(|step| step.created_by.clone()),
            "Comment": step.and_then(|step| step.comment.clone()),
        }));
    }
    Ok(layers)
}

fn shown(image: &StoredImage, layers: &[Value]) -> Value {
    // The config's own bytes: fields that jettison does not know are shown too.
    let raw: Value = serde_json::from_slice(&image.config_bytes).unwrap_or_default();
    let field = |key: &str| raw.get(key).cloned().unwrap_or_default();
    let manifest = image.manifest.as_ref();
    let digest = manifest.map(|manifest| manifest.descriptor.digest.clone());
    let tags: Vec<String> =
        image.tags.iter().filter(|tag| tag.tag().is_some()).map(Reference::familiar).collect();
    let mut digests: Vec<String> = image
        .tags
        .iter()
        .zip(digest.iter().cycle())
        .map(|(tag, digest)| format!("{}@{digest}", tag.familiar_repository()))
        .collect();
    digests.dedup();
    let size: u64 = image.config_bytes.len() as u64
        + layers.iter().filter_map(|layer| layer["Size"].as_u64()).sum::<u64>();
    let mut value = Map::new();
    let mut put = |key: &str, item: Value| value.insert(key.to_owned(), item);
    put("Id", json!(image.config_digest));
    put("RepoTags", json!(tags));
    put("RepoDigests", json!(digests));
    put("Digest", json!(digest));
    put("MediaType", json!(manifest.map(|manifest| &manifest.descriptor.media_type)));
    put("Source", json!(image.source_name));
    put("Created", field("created"));
    put("Author", field("author"));
    put("Architecture", field("architecture"));
    put("Variant", field("variant"));
    put("Os", field("os"));
    put("Size", json!(size));
    put("Config", field("config"));
    put("RootFS", json!({"Type": "layers", "Layers": image.config.rootfs.diff_ids}));
    put("Layers", json!(layers));
    put("History", field("history"));
    put("Annotations", json!(manifest.map(|manifest| &manifest.manifest.annotations)));
    Value::Object(value)
}
