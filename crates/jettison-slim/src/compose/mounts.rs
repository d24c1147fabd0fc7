//! What a service mounts: directories of this machine, shared volumes, secrets and configs.

use std::path::{Path, PathBuf};

use jettison_sandbox::Mount;
use serde_json::{Map, Value};

use super::{Fault, Loader, service::Reader};
use crate::neighbour::{NamedVolume, Setup};

/// Adds everything that the service mounts.
pub(super) fn read(
    loader: &Loader<'_>,
    reader: &Reader<'_>,
    setup: &mut Setup,
    warnings: &mut Vec<String>,
) -> Result<(), Fault> {
    let mut mounts = Mounts { loader, reader, setup, warnings };
    if let Some(value) = reader.get("volumes") {
        let items = value.as_array().ok_or_else(|| reader.fault("volumes", "it must be a list"))?;
        for item in items {
            match item {
                Value::String(text) => mounts.short(text)?,
                Value::Object(fields) => mounts.long(fields)?,
                _ => return Err(reader.fault("volumes", "it must list volumes")),
            }
        }
    }
    mounts.granted("secrets", "/run/secrets")?;
    mounts.granted("configs", "")
}

struct Mounts<'m> {
    loader: &'m Loader<'m>,
    reader: &'m Reader<'m>,
    setup: &'m mut Setup,
    warnings: &'m mut Vec<String>,
}

impl Mounts<'_> {
    /// `SOURCE:TARGET[:MODE]`, or a target alone.
    fn short(&mut self, text: &str) -> Result<(), Fault> {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, mode) = match parts.as_slice() {
            // A volume of its own: what is written there goes with the container anyway.
            [_target] => return Ok(()),
            [source, target] => (*source, *target, ""),
            [source, target, mode] => (*source, *target, *mode),
            _ => return Err(self.fault(format!("{text}: it must be SOURCE:TARGET[:ro]"))),
        };
        let read_only = mode.split(',').any(|word| word == "ro");
        let is_path = source.starts_with(['.', '/', '~']);
        if is_path {
            self.bind(source, target, read_only)
        } else {
            self.volume(source, target, read_only)
        }
    }

    fn long(&mut self, fields: &Map<String, Value>) -> Result<(), Fault> {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let target = text("target").ok_or_else(|| self.fault("a volume needs a target"))?;
        let read_only = fields.get("read_only") == Some(&Value::Bool(true));
        if fields.get("volume").and_then(|volume| volume.get("subpath")).is_some() {
            return Err(self.fault(format!("{target}: a part of a volume cannot be mounted")));
        }
        match (text("type").unwrap_or("volume"), text("source")) {
            ("bind", Some(source)) => self.bind(source, target, read_only),
            ("volume", Some(source)) => self.volume(source, target, read_only),
            ("volume", None) => Ok(()),
            ("tmpfs", _) => {
                let place = self.reader.place;
                self.warnings
                    .push(format!("{place}: {target} is no memory of its own in the sandbox"));
                Ok(())
            }
            (kind, _) => {
                Err(self.fault(format!("{target}: mounts of type {kind:?} are not understood")))
            }
        }
    }

    fn bind(&mut self, source: &str, target: &str, read_only: bool) -> Result<(), Fault> {
        let source = match source.strip_prefix('~') {
            Some(rest) => {
                let home = self.loader.options.variables.get("HOME").map_or("", String::as_str);
                PathBuf::from(format!("{home}{rest}"))
            }
            None => self.loader.directory.join(source),
        };
        let source = fs_err::canonicalize(source).map_err(|error| self.fault(error.to_string()))?;
        let target = self.target(target)?;
        self.setup.mounts.push(Mount {
            source,
            target: target.into(),
            read_only,
            temporary: false,
        });
        Ok(())
    }

    fn volume(&mut self, name: &str, target: &str, read_only: bool) -> Result<(), Fault> {
        if self.loader.project.declared("volumes", name).is_none() {
            return Err(self.fault(format!("{name}: there is no such volume at the top level")));
        }
        let target = self.target(target)?;
        self.setup.volumes.push(NamedVolume { name: name.to_owned(), target, read_only });
        Ok(())
    }

    fn target(&self, target: &str) -> Result<String, Fault> {
        if Path::new(target).is_absolute() {
            return Ok(target.to_owned());
        }
        Err(self.fault(format!("{target}: a target must be absolute")))
    }

    /// Secrets or configs: files of this machine, by name.
    fn granted(&mut self, kind: &str, directory: &str) -> Result<(), Fault> {
        let Some(value) = self.reader.get(kind) else { return Ok(()) };
        let items = value.as_array().ok_or_else(|| self.reader.fault(kind, "it must be a list"))?;
        for item in items {
            let (name, target) = match item {
                Value::String(name) => (name.as_str(), None),
                other => (
                    other.get("source").and_then(Value::as_str).unwrap_or_default(),
                    other.get("target").and_then(Value::as_str),
                ),
            };
            let file =
                self.loader.project.declared(kind, name).and_then(|declared| declared.get("file"));
            let Some(file) = file.and_then(Value::as_str) else {
                let problem =
                    format!("{name:?} is no file at the top level; only such can be mounted");
                return Err(self.reader.fault(kind, problem));
            };
            let target = match target {
                Some(absolute) if absolute.starts_with('/') => absolute.to_owned(),
                Some(relative) => format!("{directory}/{relative}"),
                None => format!("{directory}/{name}"),
            };
            let source = fs_err::canonicalize(self.loader.directory.join(file))
                .map_err(|error| self.reader.fault(kind, error.to_string()))?;
            let mount = Mount { source, target: target.into(), read_only: true, temporary: false };
            self.setup.mounts.push(mount);
        }
        Ok(())
    }

    fn fault(&self, problem: impl Into<String>) -> Fault {
        self.reader.fault("volumes", problem)
    }
}
