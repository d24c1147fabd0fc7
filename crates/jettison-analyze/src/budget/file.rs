//! Where bounds are written: `[budget]` of the nearest `jettison.toml`, else dive's `.dive-ci`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{Amount, Bound, Budget, dive, parse_size};
use crate::language::Level;

/// dive's own names.
const DIVE: &[&str] = &[".dive-ci", ".dive-ci.yaml", ".dive-ci.yml"];

/// Longer files are no configuration.
const MAX_FILE: u64 = 1 << 20;

/// Bounds, and what else the table says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetFile {
    /// The bounds.
    pub budget: Budget,
    /// What growth is measured against: a file that `--format json` wrote, or an image. Relative to the file's directory.
    pub baseline: Option<String>,
    /// Findings to leave out.
    pub ignore: Vec<String>,
    /// The directory that paths count from.
    pub directory: PathBuf,
}

/// Why bounds cannot be read. All name the file.
#[derive(Debug, thiserror::Error)]
pub enum BudgetFileError {
    /// It cannot be read.
    #[error("cannot read the configuration: {0}")]
    Read(#[from] std::io::Error),
    /// It is too long.
    #[error("{path} has {len} bytes, which is no configuration")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        len: u64,
    },
    /// It is no TOML, or has a key that is not known.
    #[error("{path}: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value says nothing that can be understood.
    #[error("{path}:{line}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// The whole file; other parts of the program have tables of their own in it.
#[derive(Deserialize)]
struct File {
    budget: Option<Table>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Table {
    max_size: Option<Spanned<Number>>,
    max_growth: Option<Spanned<Number>>,
    max_wasted: Option<Spanned<Number>>,
    max_layers: Option<Spanned<u64>>,
    max_secrets: Option<Spanned<u64>>,
    max_risks: Option<Spanned<String>>,
    baseline: Option<String>,
    ignore: Vec<String>,
}

/// `500_000` or `"500kB"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Bytes(u64),
    Text(String),
}

impl Number {
    fn text(&self) -> String {
        match self {
            Self::Bytes(count) => count.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl BudgetFile {
    /// The nearest bounds at or above `directory`; none when nobody wrote any.
    pub fn find(directory: &Path) -> Result<Self, BudgetFileError> {
        for directory in directory.ancestors() {
            let own = directory.join("jettison.toml");
            if own.is_file()
                && let Some(found) = Self::read_toml(&own)?
            {
                return Ok(found);
            }
            if let Some(path) =
                DIVE.iter().map(|name| directory.join(name)).find(|path| path.is_file())
            {
                return Self::load(&path);
            }
        }
        Ok(Self::default())
    }

    /// Reads one file: dive's by its name, else TOML.
    pub fn load(path: &Path) -> Result<Self, BudgetFileError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if !DIVE.contains(&name.as_str()) && !is_yaml {
            return Ok(Self::read_toml(path)?.unwrap_or_default());
        }
        let budget = dive::parse(&read(path)?, &name).map_err(|(line, problem)| {
            BudgetFileError::Value { path: path.to_owned(), line, problem }
        })?;
        Ok(Self { budget, directory: directory_of(path), ..Self::default() })
    }

    /// `None` when the file has no `[budget]`.
    fn read_toml(path: &Path) -> Result<Option<Self>, BudgetFileError> {
        let text = read(path)?;
        let file: File = toml::from_str(&text).map_err(|source| BudgetFileError::Toml {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let Some(table) = file.budget else { return Ok(None) };
        let reader = Reader { path, text: &text };
        let budget = Budget {
            max_size: reader.bound(table.max_size.as_ref(), |number| parse_size(&number.text()))?,
            max_growth: reader
                .bound(table.max_growth.as_ref(), |number| number.text().parse::<Amount>())?,
            max_wasted: reader
                .bound(table.max_wasted.as_ref(), |number| number.text().parse::<Amount>())?,
            max_layers: reader
                .bound(table.max_layers.as_ref(), |number| Ok::<_, String>(*number))?,
            max_secrets: reader
                .bound(table.max_secrets.as_ref(), |number| Ok::<_, String>(*number))?,
            max_risks: reader.bound(table.max_risks.as_ref(), |name| {
                Level::parse(name)
                    .ok_or_else(|| format!("{name:?} is none of info, low, medium, high"))
            })?,
            ..Budget::default()
        };
        let (baseline, ignore) = (table.baseline, table.ignore);
        Ok(Some(Self { budget, baseline, ignore, directory: directory_of(path) }))
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn bound<V, T, E: ToString>(
        &self,
        value: Option<&Spanned<V>>,
        parse: impl Fn(&V) -> Result<T, E>,
    ) -> Result<Option<Bound<T>>, BudgetFileError> {
        let Some(value) = value else { return Ok(None) };
        let before = self.text.get(..value.span().start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        match parse(value.get_ref()) {
            Ok(limit) => Ok(Some(Bound { limit, origin: format!("{name}:{line}") })),
            Err(error) => Err(BudgetFileError::Value {
                path: self.path.to_owned(),
                line,
                problem: error.to_string(),
            }),
        }
    }
}

fn read(path: &Path) -> Result<String, BudgetFileError> {
    let len = fs_err::metadata(path)?.len();
    if len > MAX_FILE {
        return Err(BudgetFileError::TooLong { path: path.to_owned(), len });
    }
    Ok(fs_err::read_to_string(path)?)
}

fn directory_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

#[cfg(test)]
mod tests {
    use jettison_testkit::directory;

    use super::*;

    #[test]
    fn the_nearest_table_counts() {
        let directory = directory(&[
            (
                "jettison.toml",
                "[budget]\nmax-size = \"500MB\"\nmax-wasted = 1000\nmax-growth = \"5%\"\nmax-layers = 9\nmax-risks = \"low\"\n\
                 ignore = [\"JR-add\"]\nbaseline = \"b.json\"\n",
            ),
            ("a/jettison.toml", "[lint]\nignore = []\n"),
            ("b/.dive-ci", "rules:\n  lowestEfficiency: 0.9\n"),
        ]);
        let found = BudgetFile::find(&directory.path().join("a")).expect("readable");
        let size = found.budget.max_size.expect("set");
        assert_eq!((size.limit, size.origin.as_str()), (500_000_000, "jettison.toml:2"));
        assert_eq!(found.budget.max_wasted.expect("set").limit, Amount::Bytes(1000));
        assert_eq!(found.budget.max_growth.expect("set").limit, Amount::Percent(5.0));
        assert_eq!(found.budget.max_risks.expect("set").limit, Level::Low);
        assert_eq!(
            (found.ignore, found.baseline.as_deref()),
            (vec!["JR-add".to_owned()], Some("b.json"))
        );
        let dive = BudgetFile::find(&directory.path().join("b")).expect("readable");
        assert!(dive.budget.lowest_efficiency.is_some() && dive.budget.max_size.is_none());
    }

    #[test]
    fn mistakes_name_file_and_line() {
        for (name, text, expected) in [
            (
                "jettison.toml",
                "[budget]\n\nmax-size = \"big\"\n",
                "jettison.toml:3: \"big\" is no size",
            ),
            ("jettison.toml", "[budget]\nmax-risks = \"bad\"\n", "none of info, low, medium, high"),
            ("jettison.toml", "[budget]\nmaxsize = 1\n", "unknown field `maxsize`"),
            (".dive-ci", "rules:\n  lowest: 1\n", ".dive-ci:2: "),
        ] {
            let directory = directory(&[(name, text)]);
            let error = BudgetFile::find(directory.path()).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
