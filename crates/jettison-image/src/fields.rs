//! JSON objects read field by field, so that nothing in them is lost and each error names its place.
//!
//! Engines disagree about `null`, empty and absent (`"Cmd": null`, `[]`, nothing), and each image
//! carries fields of tools that nobody else knows. A reader here takes the fields it knows, notes how
//! an empty one was spelled, and keeps the rest; a writer puts all of it back, keys sorted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value};

use crate::{Digest, JsonError};

/// What a typed value does not hold of the JSON object it came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extra {
    /// Fields that jettison has no type for, by name.
    pub unknown: BTreeMap<String, Value>,
    /// Known fields that were present but said nothing.
    blanks: BTreeMap<String, Blank>,
}

/// How a field without content was spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blank {
    Null,
    Empty,
}

/// Where in a document a value stands: `config.Env[3]`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longer keys are cut: they come from the image.
        const MAX_KEY: usize = 64;
        match self {
            Self::Root => f.write_str("$"),
            Self::Field(Place::Root, key) => write!(f, "{key:.MAX_KEY$}"),
            Self::Field(outer, key) => write!(f, "{outer}.{key:.MAX_KEY$}"),
            Self::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

/// A value of the wrong shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub(crate) struct ShapeError {
    pub(crate) place: String,
    pub(crate) problem: String,
}

impl ShapeError {
    pub(crate) fn new(place: &Place, problem: impl fmt::Display) -> Self {
        Self { place: place.to_string(), problem: problem.to_string() }
    }

    fn expected(what: &str, found: &Value, place: &Place) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Self::new(place, format_args!("expected {what}, found {found}"))
    }
}

/// A value that JSON can hold.
pub(crate) trait Json: Sized {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError>;

    fn write(&self) -> Value;

    /// Whether the value says no more than its absence would.
    fn is_blank(&self) -> bool {
        false
    }
}

/// Reads a whole document within `limit` bytes.
pub(crate) fn read_document<T: Json>(
    bytes: &[u8],
    document: &'static str,
    limit: usize,
) -> Result<T, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLarge { document, size: bytes.len() as u64, limit });
    }
    let value =
        serde_json::from_slice(bytes).map_err(|source| JsonError::Syntax { document, source })?;
    T::read(value, &Place::Root).map_err(|error| JsonError::Shape {
        document,
        place: error.place,
        problem: error.problem,
    })
}

/// Writes a whole document: no spaces, keys sorted.
pub(crate) fn write_document<T: Json>(value: &T) -> Vec<u8> {
    value.write().to_string().into_bytes()
}

/// The fields of an object that is being read.
pub(crate) struct Fields<'a> {
    place: &'a Place<'a>,
    map: Map<String, Value>,
    blanks: BTreeMap<String, Blank>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(value: Value, place: &'a Place<'a>) -> Result<Self, ShapeError> {
        match value {
            Value::Object(map) => Ok(Self { place, map, blanks: BTreeMap::new() }),
            other => Err(ShapeError::expected("an object", &other, place)),
        }
    }

    /// A field whose absence and whose `null` mean the default.
    pub(crate) fn take<T: Json + Default>(&mut self, key: &str) -> Result<T, ShapeError> {
        let value = self.take_option::<T>(key)?;
        if value.as_ref().is_some_and(Json::is_blank) {
            self.blanks.insert(key.to_owned(), Blank::Empty);
        }
        Ok(value.unwrap_or_default())
    }

    /// A field whose absence differs from its empty value.
    pub(crate) fn take_option<T: Json>(&mut self, key: &str) -> Result<Option<T>, ShapeError> {
        match self.map.remove(key) {
            None => Ok(None),
            Some(Value::Null) => {
                self.blanks.insert(key.to_owned(), Blank::Null);
                Ok(None)
            }
            Some(value) => T::read(value, &Place::Field(self.place, key)).map(Some),
        }
    }

    /// A field that must be there.
    pub(crate) fn require<T: Json>(&mut self, key: &str) -> Result<T, ShapeError> {
        let missing = || ShapeError::new(&Place::Field(self.place, key), "is missing");
        let value = self.map.remove(key).ok_or_else(missing)?;
        T::read(value, &Place::Field(self.place, key))
    }

    /// What no typed field took.
    pub(crate) fn finish(self) -> Extra {
        Extra { unknown: self.map.into_iter().collect(), blanks: self.blanks }
    }
}

/// The fields of an object that is being written.
pub(crate) struct FieldsWriter<'a> {
    extra: &'a Extra,
    map: Map<String, Value>,
}

impl<'a> FieldsWriter<'a> {
    pub(crate) fn new(extra: &'a Extra) -> Self {
        let map = extra.unknown.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Self { extra, map }
    }

    /// A field that is written whatever it holds.
    pub(crate) fn always<T: Json>(&mut self, key: &str, value: &T) {
        self.map.insert(key.to_owned(), value.write());
    }

    /// The counterpart of [`Fields::take`].
    pub(crate) fn put<T: Json>(&mut self, key: &str, value: &T) {
        let written = match (value.is_blank(), self.extra.blanks.get(key)) {
            (false, _) | (true, Some(Blank::Empty)) => value.write(),
            (true, Some(Blank::Null)) => Value::Null,
            (true, None) => return,
        };
        self.map.insert(key.to_owned(), written);
    }

    /// The counterpart of [`Fields::take_option`].
    pub(crate) fn option<T: Json>(&mut self, key: &str, value: Option<&T>) {
        match value {
            Some(value) => self.always(key, value),
            None if self.extra.blanks.get(key) == Some(&Blank::Null) => {
                self.map.insert(key.to_owned(), Value::Null);
            }
            None => {}
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.map)
    }
}

impl Json for String {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(ShapeError::expected("a string", &other, place)),
        }
    }

    fn write(&self) -> Value {
        Value::String(self.clone())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Json for bool {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        value.as_bool().ok_or_else(|| ShapeError::expected("true or false", &value, place))
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }

    fn is_blank(&self) -> bool {
        !self
    }
}

impl Json for i64 {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        value.as_i64().ok_or_else(|| ShapeError::expected("a whole number", &value, place))
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }

    fn is_blank(&self) -> bool {
        *self == 0
    }
}

impl Json for u64 {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let expected = || ShapeError::expected("a whole number of 0 or more", &value, place);
        value.as_u64().ok_or_else(expected)
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }

    fn is_blank(&self) -> bool {
        *self == 0
    }
}

impl Json for Digest {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        String::read(value, place)?.parse().map_err(|error| ShapeError::new(place, error))
    }

    fn write(&self) -> Value {
        Value::String(self.as_str().to_owned())
    }
}

impl<T: Json> Json for Vec<T> {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        match value {
            Value::Array(items) => {
                let read = |(index, item)| T::read(item, &Place::Item(place, index));
                items.into_iter().enumerate().map(read).collect()
            }
            other => Err(ShapeError::expected("a list", &other, place)),
        }
    }

    fn write(&self) -> Value {
        Value::Array(self.iter().map(Json::write).collect())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Json> Json for BTreeMap<String, T> {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        let read = |(key, item): (String, Value)| {
            let item = T::read(item, &Place::Field(place, &key))?;
            Ok((key, item))
        };
        match value {
            Value::Object(items) => items.into_iter().map(read).collect(),
            other => Err(ShapeError::expected("an object", &other, place)),
        }
    }

    fn write(&self) -> Value {
        Value::Object(self.iter().map(|(key, item)| (key.clone(), item.write())).collect())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// Go's `map[string]struct{}`: an object whose values are all `{}`, and are taken for that.
impl Json for BTreeSet<String> {
    fn read(value: Value, place: &Place) -> Result<Self, ShapeError> {
        match value {
            Value::Object(items) => Ok(items.into_iter().map(|(key, _)| key).collect()),
            other => Err(ShapeError::expected("an object", &other, place)),
        }
    }

    fn write(&self) -> Value {
        let empty = || Value::Object(Map::new());
        Value::Object(self.iter().map(|key| (key.clone(), empty())).collect())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}
