//! Writes an image that wastes a known number of bytes, leaks known secrets and runs known risks, for tests and benches:
//! `wasteful_image FILE SEED LAYERS ROUNDS LARGEST`. The truth goes beside it, to `FILE.truth.json`.

use std::{path::Path, process::ExitCode};

use jettison_testkit::{PlantedSecret, Scale, SecretSpot, WastefulImage};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> =
        arguments.iter().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (Some(file), [seed, layers, rounds, largest]) = (arguments.first(), &numbers[..]) else {
        return ExitCode::from(2);
    };
    let scale = Scale { layers: *layers, rounds: *rounds, largest: *largest };
    let image = WastefulImage::generate(*seed as u64, scale);
    image.write_docker_archive(Path::new(file)).expect("the archive can be written");
    let truth = truth(&image).to_string();
    fs_err::write(format!("{file}.truth.json"), truth).expect("the truth can be written");
    ExitCode::SUCCESS
}

fn truth(image: &WastefulImage) -> Value {
    let share = |((cause, layer, by), bytes)| json!({"cause": cause, "layer": layer, "by": by, "bytes": bytes});
    let risk = |(id, risk): (&str, jettison_testkit::PlantedRisk)| json!({"id": id, "count": risk.count, "layer": risk.layer});
    json!({
        "waste": image.truth().into_iter().map(share).collect::<Vec<_>>(),
        "secrets": image.secrets().iter().map(secret).collect::<Vec<_>>(),
        "risks": image.risks().into_iter().map(risk).collect::<Vec<_>>(),
    })
}

/// A secret as the JSON form of `analyze` places it.
fn secret(secret: &PlantedSecret) -> Value {
    let place = match &secret.spot {
        SecretSpot::File { layer, path, hidden_by } => {
            json!({"in": "file", "layer": layer, "path": format!("/{path}"), "hidden_by": hidden_by})
        }
        SecretSpot::Env(name) => json!({"in": "env", "name": name}),
        SecretSpot::Label(name) => json!({"in": "label", "name": name}),
        SecretSpot::History(layer) => json!({"in": "history", "layer": layer}),
        SecretSpot::BuildArgument(name, _) => json!({"in": "build-argument", "name": name}),
        SecretSpot::Command => json!({"in": "command"}),
    };
    json!({"rule": secret.kind, "place": place})
}
