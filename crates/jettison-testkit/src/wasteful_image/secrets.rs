//! A secret of every kind in the layers, and some wherever else an image tells them.

use serde_json::json;

use super::planter::Planter;
use crate::{Entry, SecretSample, secret_samples};

/// A secret that was planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedSecret {
    /// What kind it is, as `analyze` names it.
    pub kind: &'static str,
    /// Where it is.
    pub spot: SecretSpot,
}

/// Where a secret was planted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSpot {
    /// In a file of a layer.
    File {
        /// The layer.
        layer: usize,
        /// The path, without a leading slash.
        path: String,
        /// The layer that removes it.
        hidden_by: Option<usize>,
    },
    /// In a variable of the environment.
    Env(&'static str),
    /// In a label.
    Label(&'static str),
    /// In the instruction of a layer.
    History(usize),
    /// In an argument of a build, which the history of this layer tells.
    BuildArgument(&'static str, usize),
    /// In the command.
    Command,
}

/// Names that no image should have, whatever is in them.
const DEVELOPER_FILES: &[&str] = &[".npmrc", ".env"];

pub(super) fn plant(plant: &mut Planter<'_>) {
    let seed = plant.chance.number();
    for sample in secret_samples(seed) {
        // The risk of a password brings that one along.
        if sample.path != "etc/shadow" {
            in_layer(plant, sample);
        }
    }
    let samples = secret_samples(seed ^ 1);
    let value = |kind: &str| {
        let sample = samples.iter().find(|sample| sample.kind == kind).expect("it has a sample");
        let text = String::from_utf8_lossy(&sample.content).into_owned();
        text.split('"').nth(1).expect("tokens stand in quotes").to_owned()
    };
    let image = &mut *plant.image;
    image.command(3, &format!("notify {}", value("slack-token")));
    image.steps[0].build_argument = Some(format!("NPM={}", value("npm-token")));
    let label = json!(value("gitlab-token"));
    image.config["Labels"]["corp.token"] = label;
    for (kind, spot) in [
        ("slack-token", SecretSpot::History(3)),
        ("npm-token", SecretSpot::BuildArgument("NPM", 0)),
        ("gitlab-token", SecretSpot::Label("corp.token")),
    ] {
        image.secrets.push(PlantedSecret { kind, spot });
    }
    image.risk("JR-env-secret", None);
    image.risk("JR-env-secret", None);
}

/// Half of them are removed later, which hides them and keeps them in the image.
fn in_layer(plant: &mut Planter<'_>, sample: SecretSample) {
    let SecretSample { kind, path, content, .. } = sample;
    let entry = Entry::file(&path, content);
    let is_removed = plant.chance.below(2) == 0;
    let (layer, hidden_by) = if is_removed {
        let (low, high) = plant.two_layers();
        let (directory, name) = path.rsplit_once('/').expect("samples lie in directories");
        plant.image.waste(low, entry, "deleted", Some(high));
        plant.image.waste(high, Entry::whiteout(directory, name), "deleted", None);
        (low, Some(high))
    } else {
        let layer = plant.layer();
        plant.image.keep(layer, entry);
        if DEVELOPER_FILES.iter().any(|name| path.ends_with(name)) {
            plant.image.risk("JR-developer-file", Some(layer));
        }
        (layer, None)
    };
    let spot = SecretSpot::File { layer, path, hidden_by };
    plant.image.secrets.push(PlantedSecret { kind, spot });
}
