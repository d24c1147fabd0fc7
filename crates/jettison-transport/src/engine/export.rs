//! An image out of an engine, taken apart while it arrives.

use std::path::Path;

use super::{Engine, EngineError, client::Method, images::escaped};
use crate::{stored_files::StoredFiles, streamed_files::StreamedFiles};

impl Engine {
    /// The archive that `docker save` would write. Layers go to unnamed files in `work_dir`, each hashed
    /// on the way; no whole archive is kept. `progress` is told of each further byte count received.
    pub(crate) fn export(
        &self,
        name: &str,
        work_dir: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<StoredFiles, EngineError> {
        let action = format!("saving {name}");
        // By name where it has one: then the archive says the name too.
        let path = format!("/images/{}/get", escaped(name));
        let answer = self.found(name, self.request(&action, &path, Method::Get))?;
        let stream = answer.into_body().into_with_config().limit(u64::MAX).reader();
        let shown = Path::new(&format!("{} {name}", self.address())).to_owned();
        let files = StreamedFiles::read(stream, work_dir, progress).map_err(|error| {
            let source = Box::new(ureq::Error::from(error));
            EngineError::Http { address: self.address(), action, source }
        })?;
        Ok(StoredFiles::Streamed(files, shown))
    }
}
