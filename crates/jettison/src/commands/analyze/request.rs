//! Images, found and analysed.

use std::path::Path;

use fs_err as fs;
use jettison_analyze::{
    Analysis, AnalyzeOptions, Analyzed, ImageIndex, IndexCache, IndexOptions, Subject,
    analysis::SCHEMA, analyze, layer_inputs,
};
use jettison_transport::{OpenOptions, Source, StoredImage, locate};

use super::{
    args::PlaceGroup,
    previous::{PREVIOUS, previous},
};
use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images,
    messages::AnalyzeText as Text,
    places,
    terminal::Terminal,
};

/// A longer file is no analysis: that of an image with 5,000 packages has 10 MB.
const MAX_BASELINE: u64 = 256 << 20;

/// Where images come from and what is kept of them.
pub(super) struct Reader<'a> {
    open: OpenOptions,
    index: IndexOptions,
    terminal: &'a Terminal,
}

/// An image that was read.
pub(super) struct Read {
    /// Where it was found.
    pub(super) source: Source,
    pub(super) image: StoredImage,
    pub(super) index: ImageIndex,
    pub(super) analyzed: Analyzed,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        args: &PlaceGroup,
        environment: &Environment,
        terminal: &'a Terminal,
    ) -> Result<Self, Failure> {
        let work_dir = images::work_dir(args.work_dir.as_deref());
        let mut open = images::open_options(&work_dir, args.platform.as_deref())?;
        open.cache = args.places.cache(environment);
        open.places = args.places.places(environment, terminal)?;
        let directory = environment.cache.as_ref().filter(|_| !args.no_index_cache);
        let cache = directory.map(|directory| IndexCache::open(&directory.join("index")));
        let cache = cache.transpose();
        let cache = cache.map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        let index = IndexOptions { cache, limits: open.limits.clone(), ..IndexOptions::default() };
        Ok(Self { open, index, terminal })
    }

    /// Finds an image, indexes its layers and analyses them.
    pub(super) fn read(&self, text: &str, options: &AnalyzeOptions) -> Result<Read, Failure> {
        self.read_source(places::source(text, &self.open.places, self.terminal)?, options)
    }

    fn read_source(&self, source: Source, options: &AnalyzeOptions) -> Result<Read, Failure> {
        let say = |text, values: &[&str]| self.terminal.language.say(text, values);
        self.terminal.progress(&say(Text::Opening, &[&source.to_string()]));
        let image = locate(&source, &self.open).map_err(|error| places::not_opened(&error))?;
        self.terminal.progress(&say(Text::Indexing, &[&image.layers.len().to_string()]));
        let index = ImageIndex::build(&layer_inputs(&image), &self.index).map_err(|error| {
            let failure = Failure::from_error(Kind::Input, &error);
            Failure::new(Kind::Input, format!("{}: {failure}", image.source_name))
        })?;
        self.terminal.progress(&say(Text::Analyzing, &[]));
        let analyzed = analyze(&Subject::of(&image), &index, options);
        Ok(Read { source, image, index, analyzed })
    }

    /// What growth of the image in `current` is measured against, and its name: a file, an image that is analysed now, or the
    /// version before.
    pub(super) fn baseline(
        &self,
        text: &str,
        current: &Source,
    ) -> Result<(String, Analysis), Failure> {
        if text == PREVIOUS {
            let source = previous(current, &self.open.places)?;
            let name = source.name().unwrap_or_else(|| source.to_string());
            let read = self.read_source(source, &AnalyzeOptions::default())?;
            return Ok((name, read.analyzed.analysis));
        }
        let path = Path::new(text);
        let is_json = fs::File::open(path).is_ok_and(|file| begins_with_brace(file.into_parts().0));
        if is_json {
            return Ok((text.to_owned(), read_baseline(path)?));
        }
        let read = self.read(text, &AnalyzeOptions::default())?;
        Ok((text.to_owned(), read.analyzed.analysis))
    }

    pub(super) fn open(&self) -> &OpenOptions {
        &self.open
    }
}

fn begins_with_brace(mut file: std::fs::File) -> bool {
    let mut first = [0; 1];
    let is_file = file.metadata().is_ok_and(|data| data.is_file());
    is_file
        && std::io::Read::read(&mut file, &mut first).is_ok_and(|read| read == 1)
        && first == *b"{"
}

fn read_baseline(path: &Path) -> Result<Analysis, Failure> {
    let wrong = |reason: String| {
        Failure::new(Kind::Input, format!("{} is no analysis: {reason}", path.display()))
            .hint("name a file that `jettison analyze --format json` wrote, or an image")
    };
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    let len = fs::metadata(path).map_err(failed)?.len();
    if len > MAX_BASELINE {
        return Err(wrong(format!("it has {len} bytes")));
    }
    let bytes = fs::read(path).map_err(failed)?;
    let analysis: Analysis =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if analysis.schema > SCHEMA {
        return Err(wrong(format!(
            "it has schema {}, this jettison knows {SCHEMA}",
            analysis.schema
        )));
    }
    Ok(analysis)
}
