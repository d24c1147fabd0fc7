//! The messages that are read, and what the client said of itself.
//!
//! Names are the protocol's. The few messages in use are described here rather than by a crate of
//! all of them.

use jettison_dockerfile::Column;
use jettison_lint::Language;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A place in a text: line from 0, and a column in the negotiated unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) character: usize,
}

/// From a place to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A document as it is opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextDocument {
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) version: i64,
    #[serde(default)]
    pub(crate) language_id: String,
    #[serde(default)]
    pub(crate) text: String,
}

/// One edit of a document; the whole text when there is no range.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) range: Option<Range>,
    pub(crate) text: String,
}

/// Parameters of all messages about one document; each message has its own part of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    pub(crate) text_document: TextDocument,
    #[serde(default)]
    pub(crate) content_changes: Vec<Change>,
    pub(crate) range: Option<Range>,
    pub(crate) position: Option<Position>,
    #[serde(default)]
    pub(crate) context: ActionContext,
}

/// Which code actions are wanted.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ActionContext {
    pub(crate) only: Option<Vec<String>>,
}

/// What the client can do, as far as it matters here.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) unit: Column,
    pub(crate) has_versions: bool,
    pub(crate) has_document_changes: bool,
    /// Whether it makes files as part of an edit.
    pub(crate) makes_files: bool,
    /// Whether diagnostics may point at further places.
    pub(crate) has_related: bool,
    pub(crate) watches_files: bool,
    /// The language that its configuration asks for.
    pub(crate) language: Option<Language>,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub(crate) fn of(parameters: &Value) -> Self {
        let is = |path: &str| parameters.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let offered = parameters.pointer("/capabilities/general/positionEncodings");
        let offers = |name: &str| {
            offered.and_then(Value::as_array).is_some_and(|list| list.iter().any(|one| one == name))
        };
        // UTF-16 is what every client has to know, UTF-8 what the text is in.
        let unit = match (offers("utf-8"), offers("utf-16"), offers("utf-32")) {
            (true, _, _) => Column::Bytes,
            (false, false, true) => Column::Chars,
            _ => Column::Utf16,
        };
        let operations =
            parameters.pointer("/capabilities/workspace/workspaceEdit/resourceOperations");
        let language = parameters.pointer("/initializationOptions/language");
        Self {
            unit,
            has_versions: is("/capabilities/textDocument/publishDiagnostics/versionSupport"),
            has_document_changes: is("/capabilities/workspace/workspaceEdit/documentChanges"),
            makes_files: operations
                .and_then(Value::as_array)
                .is_some_and(|list| list.iter().any(|one| one == "create")),
            has_related: is("/capabilities/textDocument/publishDiagnostics/relatedInformation"),
            watches_files: is("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            language: language.and_then(Value::as_str).map(Language::of_locale),
        }
    }

    /// The answer to `initialize`.
    pub(crate) fn answer(&self, version: &str) -> Value {
        let encoding = match self.unit {
            Column::Bytes => "utf-8",
            Column::Chars => "utf-32",
            Column::Utf16 => "utf-16",
        };
        json!({
            "capabilities": {
                "positionEncoding": encoding,
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "codeActionProvider": { "codeActionKinds": ["quickfix", FIX_ALL] },
                "hoverProvider": true,
                "workspace": {
                    "workspaceFolders": { "supported": true, "changeNotifications": true },
                },
            },
            "serverInfo": { "name": "jettison", "version": version },
        })
    }
}

/// The kind of the action that applies every safe fix.
pub(crate) const FIX_ALL: &str = "source.fixAll.jettison";

/// What the client is asked to watch: configuration, and neighbours that rules read.
pub(crate) fn watchers() -> Value {
    let patterns = [
        "**/jettison.toml",
        "**/.hadolint.{yaml,yml}",
        "**/*.dockerignore",
        "**/*.{sh,conf}",
        "**/{compose,docker-compose,skaffold}*.{yaml,yml}",
        "**/docker-bake*.{hcl,json}",
    ];
    let watchers: Vec<Value> = patterns.iter().map(|glob| json!({ "globPattern": glob })).collect();
    json!({ "registrations": [{
        "id": "jettison-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": watchers },
    }] })
}
