//! Takes messages, keeps documents, answers.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::Arc,
};

use jettison_lint::{Finding, Images, Language};
use lsp_server::{
    Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response,
};
use serde_json::{Value, json};
use thiserror::Error;
use url::Url;

use crate::{
    actions::{Asked, actions, beside},
    document::Document,
    hover::hover,
    present::diagnostics,
    protocol::{About, Client, watchers},
};

/// What the server is told by whoever starts it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Language of messages, unless the client asks for another.
    pub language: Language,
    /// Today, as days since 1970-01-01, for bases that are no longer supported.
    pub today: Option<i64>,
    /// What looks into base images, if anything does. It is asked while an editor waits.
    pub images: Option<Arc<dyn Images>>,
    /// Version to tell.
    pub version: String,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// `shutdown`, then `exit`: status 0.
    Properly,
    /// `exit` without `shutdown`, or the client went away: status 1.
    Abruptly,
}

/// Why a conversation broke off.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The client does not keep to the protocol, or its end of the connection is gone.
    #[error("the editor's messages do not follow the language server protocol")]
    Protocol(#[from] ProtocolError),
}

/// Serves until the client ends the conversation.
///
/// # Errors
/// When the client does not keep to the protocol.
pub fn serve(connection: &Connection, options: &Options) -> Result<Ended, ServeError> {
    let (id, parameters) = connection.initialize_start()?;
    let client = Client::of(&parameters);
    connection.initialize_finish(id, client.answer(&options.version))?;
    let mut server = Server {
        connection,
        language: client.language.unwrap_or(options.language),
        today: options.today,
        images: options.images.clone(),
        client,
        documents: BTreeMap::new(),
        told: BTreeMap::new(),
        asked: 0,
    };
    server.register();
    let mut queue: VecDeque<Message> = VecDeque::new();
    loop {
        if queue.is_empty() {
            // Nobody is waiting for answers: time to look at what has changed, a part at a time.
            while queue.is_empty() && server.publish_changed() == Left::Some {
                queue.extend(connection.receiver.try_iter());
            }
        }
        if queue.is_empty() {
            match connection.receiver.recv() {
                Ok(message) => queue.push_back(message),
                Err(_gone) => return Ok(Ended::Abruptly),
            }
        }
        queue.extend(connection.receiver.try_iter());
        match queue.pop_front() {
            Some(Message::Request(request)) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(Ended::Properly);
                }
                let answer = if is_cancelled(&queue, &request.id) {
                    let text = "the request was cancelled".to_owned();
                    Response::new_err(request.id, ErrorCode::RequestCanceled as i32, text)
                } else {
                    server.answer(request)
                };
                server.send(answer.into());
            }
            Some(Message::Notification(note)) if note.method == "exit" => {
                return Ok(Ended::Abruptly);
            }
            Some(Message::Notification(note)) => server.notice(note),
            Some(Message::Response(_)) | None => {}
        }
    }
}

/// Whether a message that has already come takes the request `id` back.
fn is_cancelled(queue: &VecDeque<Message>, id: &RequestId) -> bool {
    queue.iter().any(|message| match message {
        Message::Notification(note) if note.method == "$/cancelRequest" => {
            serde_json::from_value::<RequestId>(note.params["id"].clone())
                .is_ok_and(|one| one == *id)
        }
        _ => false,
    })
}

/// Whether something is still to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    Some,
}

struct Server<'a> {
    connection: &'a Connection,
    client: Client,
    language: Language,
    today: Option<i64>,
    images: Option<Arc<dyn Images>>,
    documents: BTreeMap<String, Document>,
    /// Diagnostics told about files beside Dockerfiles: by file, then by the Dockerfile that they
    /// came from.
    told: BTreeMap<String, BTreeMap<String, Vec<Value>>>,
    /// Requests made to the client.
    asked: i32,
}

impl Server<'_> {
    fn send(&self, message: Message) {
        // A client that is gone shows in the next message that does not come.
        drop(self.connection.sender.send(message));
    }

    fn notify(&self, method: &str, parameters: Value) {
        self.send(Notification { method: method.to_owned(), params: parameters }.into());
    }

    fn register(&mut self) {
        if self.client.watches_files {
            self.asked += 1;
            let method = "client/registerCapability".to_owned();
            self.send(Request { id: self.asked.into(), method, params: watchers() }.into());
        }
    }

    /// Texts of open files, by path.
    fn texts(&self) -> BTreeMap<PathBuf, String> {
        let open = self.documents.values().filter(|one| !one.is_dockerfile);
        open.filter_map(|one| Some((one.path.clone()?, one.text.clone()))).collect()
    }

    /// What was found in `file`, which stands beside Dockerfiles.
    fn findings_in(&self, file: &Document) -> Vec<&Finding> {
        let Some(path) = &file.path else { return Vec::new() };
        let found = self.documents.values().filter_map(|one| {
            let relative = path.strip_prefix(one.context.as_ref()?.path()?).ok()?;
            let (findings, name) = (&one.linted.as_ref()?.findings, relative.to_str()?);
            Some(findings.iter().filter(move |one| one.file.as_deref() == Some(name)))
        });
        found.flatten().collect()
    }

    fn answer(&mut self, request: Request) -> Response {
        let id = request.id.clone();
        if !matches!(request.method.as_str(), "textDocument/codeAction" | "textDocument/hover") {
            let text = format!("jettison does not answer {}", request.method);
            return Response::new_err(id, ErrorCode::MethodNotFound as i32, text);
        }
        let about: About = match serde_json::from_value(request.params) {
            Ok(about) => about,
            Err(error) => {
                return Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string());
            }
        };
        let texts = self.texts();
        let (client, language) = (self.client.clone(), self.language);
        let Some(document) = self.documents.get_mut(&about.text_document.uri) else {
            return Response::new_ok(id, Value::Null);
        };
        if document.is_dockerfile {
            document.lint(&texts);
        }
        let result = match (about.position, about.range) {
            (Some(position), _) => hover(document, position, &client, language),
            (None, Some(range)) => {
                let asked = Asked { range, only: about.context.only.as_deref() };
                let document = &self.documents[&about.text_document.uri];
                Value::Array(if document.is_dockerfile {
                    actions(document, &asked, &client, language, &texts)
                } else {
                    beside(document, &self.findings_in(document), &asked, &client, language)
                })
            }
            (None, None) => Value::Null,
        };
        Response::new_ok(id, result)
    }

    fn notice(&mut self, note: Notification) {
        match note.method.as_str() {
            "textDocument/didOpen"
            | "textDocument/didChange"
            | "textDocument/didClose"
            | "textDocument/didSave" => {
                if let Ok(about) = serde_json::from_value::<About>(note.params) {
                    self.changed(&note.method, about);
                }
            }
            "workspace/didChangeWatchedFiles"
            | "workspace/didChangeWorkspaceFolders"
            | "workspace/didChangeConfiguration" => self.reload_all(),
            _ => {}
        }
    }

    fn changed(&mut self, method: &str, about: About) {
        let uri = about.text_document.uri.clone();
        match method {
            "textDocument/didOpen" => {
                let mut document = Document::open(about.text_document);
                self.reload(&mut document);
                self.documents.insert(uri.clone(), document);
            }
            "textDocument/didChange" => {
                let unit = self.client.unit;
                if let Some(document) = self.documents.get_mut(&uri) {
                    document.change(about.text_document.version, about.content_changes, unit);
                }
            }
            "textDocument/didClose" => {
                self.documents.remove(&uri);
                self.publish(&uri, None, Vec::new());
                self.tell_others(&uri, BTreeMap::new());
            }
            _ => return self.reload_all(),
        }
        // What stands beside a Dockerfile is a part of what is found in it.
        if !self.documents.get(&uri).is_some_and(|one| one.is_dockerfile) {
            self.documents.values_mut().for_each(|one| one.linted = None);
        }
    }

    fn reload_all(&mut self) {
        for (uri, mut document) in std::mem::take(&mut self.documents) {
            self.reload(&mut document);
            self.documents.insert(uri, document);
        }
    }

    /// Reads a document's configuration; one that cannot be read is told.
    fn reload(&self, document: &mut Document) {
        if let Err(error) = document.reload(self.today, self.images.as_ref()) {
            self.notify(
                "window/showMessage",
                json!({ "type": 1, "message": format!("jettison: {error}") }),
            );
        }
    }

    /// Looks at every Dockerfile whose text or surroundings changed, and tells what is found.
    fn publish_changed(&mut self) -> Left {
        let stale = |one: &&Document| one.is_dockerfile && one.is_stale();
        let uris: Vec<String> =
            self.documents.values().filter(stale).map(|one| one.uri.clone()).collect();
        if uris.is_empty() {
            return Left::Nothing;
        }
        let texts = self.texts();
        for uri in uris {
            let Some(document) = self.documents.get_mut(&uri) else { continue };
            document.lint(&texts);
            let document = &self.documents[&uri];
            let neighbours = document.neighbours(&texts);
            let (own, others) = diagnostics(document, &neighbours, self.language, &self.client);
            let others = others.into_iter().filter_map(|(path, list)| {
                let full = document.context.as_ref()?.path()?.join(path);
                Some((Url::from_file_path(full).ok()?.to_string(), list))
            });
            let others: BTreeMap<String, Vec<Value>> = others.collect();
            self.publish(&uri, Some(document.version), own);
            self.tell_others(&uri, others);
        }
        if self.documents.values().any(|one| stale(&one)) { Left::Some } else { Left::Nothing }
    }

    /// Tells the diagnostics of files beside the Dockerfile `owner`, and takes back earlier ones.
    fn tell_others(&mut self, owner: &str, others: BTreeMap<String, Vec<Value>>) {
        let mut touched: Vec<String> = Vec::new();
        for (file, by_owner) in &mut self.told {
            if by_owner.remove(owner).is_some() {
                touched.push(file.clone());
            }
        }
        for (file, list) in others {
            self.told.entry(file.clone()).or_default().insert(owner.to_owned(), list);
            touched.push(file);
        }
        touched.sort();
        touched.dedup();
        for file in touched {
            let by_owner = self.told.get(&file);
            let all: Vec<Value> =
                by_owner.into_iter().flat_map(|one| one.values().flatten().cloned()).collect();
            self.publish(&file, None, all);
        }
        self.told.retain(|_, by_owner| !by_owner.is_empty());
    }

    fn publish(&self, uri: &str, version: Option<i64>, diagnostics: Vec<Value>) {
        let mut parameters = json!({ "uri": uri });
        parameters["diagnostics"] = Value::Array(diagnostics);
        if let Some(version) = version.filter(|_| self.client.has_versions) {
            parameters["version"] = json!(version);
        }
        self.notify("textDocument/publishDiagnostics", parameters);
    }
}
