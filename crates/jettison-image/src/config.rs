//! How an image is run and what its layers are (OCI config.md and Docker's additions).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Digest, HealthCheck, JsonError, Platform,
    fields::{self, Extra, Fields, FieldsWriter, Json, Place, ShapeError},
};

/// The largest config that is read, in bytes: the bound of podman and skopeo
/// (`iolimits.MaxConfigBodySize`). Docker's own are 2 to 20 KB.
pub const MAX_CONFIG: usize = 4 << 20;

/// An image config.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImageConfig {
    /// `GOARCH`: `amd64`.
    pub architecture: String,
    /// `GOOS`: `linux`.
    pub os: String,
    /// A refinement of the architecture: `v8`.
    pub variant: Option<String>,
    /// The build of the operating system, for Windows.
    pub os_version: Option<String>,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// How it is run.
    pub config: RuntimeConfig,
    /// Its layers.
    pub rootfs: RootFs,
    /// The steps that made it; those that are not [`History::empty_layer`] match the layers.
    pub history: Vec<History>,
    /// Fields this version of jettison does not know (`docker_version`, `container_config`).
    pub extra: Extra,
}

impl ImageConfig {
    /// Reads a config of at most [`MAX_CONFIG`] bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, JsonError> {
        fields::read_document(bytes, "image config", MAX_CONFIG)
    }

    /// The config as JSON: no spaces, keys sorted, the same bytes each time.
    pub fn to_vec(&self) -> Vec<u8> {
        fields::write_document(self)
    }

    /// The machines the image is for.
    pub fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone(),
            os_version: self.os_version.clone(),
            ..Platform::default()
        }
    }
}

impl Json for ImageConfig {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            architecture: fields.take("architecture")?,
            os: fields.take("os")?,
            variant: fields.take_option("variant")?,
            os_version: fields.take_option("os.version")?,
            created: fields.take_option("created")?,
            author: fields.take_option("author")?,
            config: fields.take("config")?,
            rootfs: fields.require("rootfs")?,
            history: fields.take("history")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.put("architecture", &self.architecture);
        fields.put("os", &self.os);
        fields.option("variant", self.variant.as_ref());
        fields.option("os.version", self.os_version.as_ref());
        fields.option("created", self.created.as_ref());
        fields.option("author", self.author.as_ref());
        fields.put("config", &self.config);
        fields.always("rootfs", &self.rootfs);
        fields.put("history", &self.history);
        fields.finish()
    }
}

/// How a container of the image is run. Names are Docker's, as OCI took them over.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuntimeConfig {
    /// `user`, `uid`, `user:group` or `uid:gid`; empty is root.
    pub user: String,
    /// Ports the program listens on: `8080/tcp`.
    pub exposed_ports: BTreeSet<String>,
    /// Environment, as `NAME=value`, in order.
    pub env: Vec<String>,
    /// The program and its first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// More arguments, or the program when there is no entry point.
    pub cmd: Option<Vec<String>>,
    /// Directories that get a volume of their own.
    pub volumes: BTreeSet<String>,
    /// Where the program starts; empty is `/`.
    pub working_dir: String,
    /// Free-form notes.
    pub labels: BTreeMap<String, String>,
    /// The signal that asks the program to stop: `SIGQUIT` or `3`.
    pub stop_signal: Option<String>,
    /// Seconds to wait before it is killed (Docker).
    pub stop_timeout: Option<i64>,
    /// How to ask whether it is well (Docker).
    pub healthcheck: Option<HealthCheck>,
    /// The shell for the shell form of instructions (Docker).
    pub shell: Option<Vec<String>>,
    /// Instructions for images built from this one (Docker).
    pub on_build: Option<Vec<String>>,
    /// Whether the command line is already escaped (Windows).
    pub args_escaped: bool,
    /// Fields this version of jettison does not know (`Hostname`, `Tty`).
    pub extra: Extra,
}

impl Json for RuntimeConfig {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            user: fields.take("User")?,
            exposed_ports: fields.take("ExposedPorts")?,
            env: fields.take("Env")?,
            entrypoint: fields.take_option("Entrypoint")?,
            cmd: fields.take_option("Cmd")?,
            volumes: fields.take("Volumes")?,
            working_dir: fields.take("WorkingDir")?,
            labels: fields.take("Labels")?,
            stop_signal: fields.take_option("StopSignal")?,
            stop_timeout: fields.take_option("StopTimeout")?,
            healthcheck: fields.take_option("Healthcheck")?,
            shell: fields.take_option("Shell")?,
            on_build: fields.take_option("OnBuild")?,
            args_escaped: fields.take("ArgsEscaped")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.put("User", &self.user);
        fields.put("ExposedPorts", &self.exposed_ports);
        fields.put("Env", &self.env);
        fields.option("Entrypoint", self.entrypoint.as_ref());
        fields.option("Cmd", self.cmd.as_ref());
        fields.put("Volumes", &self.volumes);
        fields.put("WorkingDir", &self.working_dir);
        fields.put("Labels", &self.labels);
        fields.option("StopSignal", self.stop_signal.as_ref());
        fields.option("StopTimeout", self.stop_timeout.as_ref());
        fields.option("Healthcheck", self.healthcheck.as_ref());
        fields.option("Shell", self.shell.as_ref());
        fields.option("OnBuild", self.on_build.as_ref());
        fields.put("ArgsEscaped", &self.args_escaped);
        fields.finish()
    }

    fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

/// The layers of an image, by the digest of their uncompressed bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct RootFs {
    /// Always `layers`.
    pub kind: String,
    /// Diff-ids, lowest layer first.
    pub diff_ids: Vec<Digest>,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".to_owned(), diff_ids: Vec::new(), extra: Extra::default() }
    }
}

impl Json for RootFs {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        let kind: String = fields.require("type")?;
        if kind != "layers" {
            let problem = format_args!("is {kind:.40?}, expected \"layers\"").to_string();
            return Err(ShapeError::new(&Place::Field(place, "type"), problem));
        }
        Ok(Self { kind, diff_ids: fields.take("diff_ids")?, extra: fields.finish() })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.always("type", &self.kind);
        fields.put("diff_ids", &self.diff_ids);
        fields.finish()
    }
}

/// One step that made the image.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// When, RFC 3339.
    pub created: Option<String>,
    /// The instruction.
    pub created_by: Option<String>,
    /// Who.
    pub author: Option<String>,
    /// A note, often the builder's name.
    pub comment: Option<String>,
    /// Whether the step changed the config only.
    pub empty_layer: bool,
    /// Fields this version of jettison does not know.
    pub extra: Extra,
}

impl Json for History {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let mut fields = Fields::new(value, place)?;
        Ok(Self {
            created: fields.take_option("created")?,
            created_by: fields.take_option("created_by")?,
            author: fields.take_option("author")?,
            comment: fields.take_option("comment")?,
            empty_layer: fields.take("empty_layer")?,
            extra: fields.finish(),
        })
    }

    fn write(&self) -> Value {
        let mut fields = FieldsWriter::new(&self.extra);
        fields.option("created", self.created.as_ref());
        fields.option("created_by", self.created_by.as_ref());
        fields.option("author", self.author.as_ref());
        fields.option("comment", self.comment.as_ref());
        fields.put("empty_layer", &self.empty_layer);
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const DOCKER: &str = r##"{"architecture":"amd64","config":{"Hostname":"","Domainname":"","User":"",
        "AttachStdin":false,"ExposedPorts":{"8080/tcp":{}},"Tty":false,"Env":["PATH=/bin","A=ü\u0026"],
        "Cmd":null,"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":5000000000,"StartPeriod":0},
        "Image":"sha256:x","Volumes":null,"WorkingDir":"","Entrypoint":["/a"],"OnBuild":[],"Labels":{},
        "Shell":["/bin/bash","-c"],"StopSignal":"3"},"container":"c1",
        "container_config":{"Cmd":["/bin/sh","-c","#(nop) "],"Labels":{}},
        "created":"2026-01-02T03:04:05.678Z","docker_version":"20.10.24","history":[
        {"created":"2026-01-02T03:04:05Z","created_by":"/bin/sh -c x","empty_layer":true},{"new":1}],
        "os":"linux","rootfs":{"type":"layers","diff_ids":[
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},
        "moby.buildkit.cache.v0":"bytes","parent":""}"##;

    fn round_trip(text: &str) -> Value {
        let config = ImageConfig::from_slice(text.as_bytes()).expect("valid");
        serde_json::from_slice(&config.to_vec()).expect("JSON")
    }

    #[test]
    fn reads_what_docker_writes() {
        let config = ImageConfig::from_slice(DOCKER.as_bytes()).expect("valid");
        let run = &config.config;
        assert_eq!(run.entrypoint.as_deref(), Some(["/a".to_owned()].as_slice()));
        assert_eq!((&run.cmd, &run.on_build), (&None, &Some(Vec::new())));
        assert_eq!(run.env[1], "A=ü&");
        assert!(run.exposed_ports.contains("8080/tcp"));
        let health = run.healthcheck.as_ref().expect("given");
        assert_eq!(health.interval, Some(Duration::from_secs(5)));
        assert_eq!(health.start_period, Some(Duration::ZERO));
        assert_eq!(health.timeout, None);
        assert!(config.history[0].empty_layer && !config.history[1].empty_layer);
        assert_eq!(config.platform().to_string(), "linux/amd64");
    }

    #[test]
    fn a_round_trip_loses_nothing() {
        assert_eq!(round_trip(DOCKER), serde_json::from_str::<Value>(DOCKER).expect("JSON"));
    }

    #[test]
    fn empty_null_and_absent_stay_apart() {
        for key in ["Cmd", "Entrypoint", "Shell", "OnBuild", "Env", "Volumes", "Labels", "User"] {
            let empty = match key {
                "Volumes" | "Labels" => "{}",
                "User" => "\"\"",
                _ => "[]",
            };
            for spelled in [format!("\"{key}\":null"), format!("\"{key}\":{empty}"), String::new()]
            {
                let text = format!(r#"{{"config":{{{spelled}}},"rootfs":{{"type":"layers"}}}}"#);
                assert_eq!(round_trip(&text), serde_json::from_str::<Value>(&text).expect("JSON"));
            }
        }
    }

    #[test]
    fn a_changed_field_replaces_how_it_was_spelled() {
        let mut config = ImageConfig::from_slice(DOCKER.as_bytes()).expect("valid");
        config.config.cmd = Some(vec!["b".to_owned()]);
        config.config.labels.insert("a".to_owned(), "b".to_owned());
        config.config.healthcheck = None;
        let written: Value = serde_json::from_slice(&config.to_vec()).expect("JSON");
        assert_eq!(written["config"]["Cmd"], serde_json::json!(["b"]));
        assert_eq!(written["config"]["Labels"], serde_json::json!({"a": "b"}));
        assert_eq!(written["config"].get("Healthcheck"), None);
    }

    #[test]
    fn errors_name_the_place() {
        for (from, to, part) in [
            ("\"PATH=/bin\"", "7", "config.Env[0]: expected a string, found a number"),
            ("5000000000", "\"5s\"", "config.Healthcheck.Interval: expected nanoseconds"),
            ("5000000000", "-1", "config.Healthcheck.Interval: expected nanoseconds"),
            ("\"type\":\"layers\"", "\"type\":\"dir\"", "rootfs.type: is \"dir\""),
            ("\"sha256:e3", "\"sha256:x3", "rootfs.diff_ids[0]: sha256 digest has 'x'"),
            ("\"rootfs\"", "\"rootFS\"", "rootfs: is missing"),
            ("{\"new\":1}", "null", "history[1]: expected an object, found null"),
        ] {
            let broken = DOCKER.replacen(from, to, 1);
            let error = ImageConfig::from_slice(broken.as_bytes()).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[A-Za-z]{1,8}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn unknown_fields_survive(unknown in prop::collection::btree_map("x[a-z]{0,6}", any_json(), 0..4)) {
            let mut value: Value = serde_json::from_str(DOCKER).expect("JSON");
            for (key, item) in unknown {
                value["config"][&key] = item.clone();
                value["rootfs"][&key] = item.clone();
                value[&key] = item;
            }
            prop_assert_eq!(round_trip(&value.to_string()), value);
        }

        #[test]
        fn any_value_in_a_known_field_is_kept_or_refused(
            key in prop::sample::select(vec![
                "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "WorkingDir", "Labels",
                "StopSignal", "StopTimeout", "Healthcheck", "Shell", "OnBuild", "ArgsEscaped",
            ]),
            item in any_json(),
        ) {
            let mut value: Value = serde_json::from_str(DOCKER).expect("JSON");
            value["config"][key] = item;
            if let Ok(config) = ImageConfig::from_slice(value.to_string().as_bytes()) {
                let written: Value = serde_json::from_slice(&config.to_vec()).expect("JSON");
                if key != "ExposedPorts" {
                    prop_assert_eq!(written, value);
                }
            }
        }

        #[test]
        fn any_bytes_parse_or_fail(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let _kept = ImageConfig::from_slice(&bytes).is_ok();
        }
    }
}
