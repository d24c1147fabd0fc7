//! Writes an image that wastes a known number of bytes, for benches: `wasteful_image FILE SEED LAYERS ROUNDS LARGEST`. The truth
//! goes beside it, to `FILE.truth.json`: bytes by cause and layers.

use std::{path::Path, process::ExitCode};

use jettison_testkit::{Scale, WastefulImage};
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
    let share = |((cause, layer, by), bytes)| json!({"cause": cause, "layer": layer, "by": by, "bytes": bytes});
    let truth: Vec<Value> = image.truth().into_iter().map(share).collect();
    let truth = Value::from(truth).to_string();
    fs_err::write(format!("{file}.truth.json"), truth).expect("the truth can be written");
    ExitCode::SUCCESS
}
