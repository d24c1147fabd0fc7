//! Containers of the workloads in a manifest.

use std::ops::Range;

use crate::yaml::{Node, Value};

/// A container and its surroundings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Container<'a> {
    pub(super) node: &'a Node,
}

/// An option for a JVM, and its place.
#[derive(Clone, Debug)]
pub(super) struct JvmOption {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// Where the pod's description is, by kind.
const PODS: &[(&str, &[&str])] = &[
    ("Pod", &["spec"]),
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("PodTemplate", &["template", "spec"]),
];

/// Variables that JVMs and common start scripts take options from.
const VARIABLES: &[&str] = &[
    "JAVA_TOOL_OPTIONS",
    "JAVA_OPTS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CATALINA_OPTS",
    "JVM_OPTS",
    "JAVA_OPTIONS",
    "JAVA_ARGS",
];

/// Parts of image names that hold a JVM.
const IMAGES: &[&str] = &[
    "java", "jdk", "jre", "temurin", "corretto", "tomcat", "jetty", "spring", "wildfly", "quarkus",
];

/// The objects of `document`: itself, or the items of a List.
pub(super) fn objects(document: &Node) -> Vec<&Node> {
    let kind = document.get("kind").and_then(Node::text);
    if kind.is_some_and(|kind| kind == "List" || kind.ends_with("List")) {
        return document
            .get("items")
            .map(|items| items.items().iter().collect())
            .unwrap_or_default();
    }
    vec![document]
}

/// The containers of the workload `object`; init containers are over before the work begins.
pub(super) fn containers(object: &Node) -> Vec<Container<'_>> {
    let kind = object.get("kind").and_then(Node::text).unwrap_or_default();
    let path = PODS.iter().find(|(known, _)| *known == kind).map(|(_, path)| *path);
    let list = path.and_then(|path| object.at(path)).and_then(|pod| pod.get("containers"));
    let items = list.map(Node::items).unwrap_or_default();
    items.iter().map(|node| Container { node }).collect()
}

impl<'a> Container<'a> {
    /// The container's name and its place; the container itself when it has none.
    pub(super) fn name(self) -> (&'a str, Range<usize>) {
        match self.node.get("name") {
            Some(name) => (name.text().unwrap_or_default(), name.span.clone()),
            None => ("", self.node.span.start..self.node.span.start),
        }
    }

    /// A quantity under `resources`.
    pub(super) fn resource(self, group: &str, what: &str) -> Option<&'a Node> {
        self.node.at(&["resources", group, what])
    }

    /// Whether a JVM runs in it, as far as can be told.
    pub(super) fn is_java(self, text: &str) -> bool {
        let image = self.node.get("image").and_then(Node::text).unwrap_or_default();
        // `javascript` holds no JVM.
        let image = image.to_ascii_lowercase().replace("javascript", "");
        let has_image = IMAGES.iter().any(|part| image.contains(part));
        let program = ["command", "args"].iter().filter_map(|key| self.node.get(key));
        let mut words = program.flat_map(Node::items).filter_map(Node::text);
        let has_program = words.any(|word| word == "java" || word.ends_with("/java"));
        has_image || has_program || !self.options(text).is_empty()
    }

    /// The JVM's options, from variables and the command line.
    pub(super) fn options(self, text: &str) -> Vec<JvmOption> {
        let mut nodes: Vec<&Node> = Vec::new();
        for variable in self.node.get("env").map(Node::items).unwrap_or_default() {
            let name = variable.get("name").and_then(Node::text).unwrap_or_default();
            nodes.extend(variable.get("value").filter(|_| VARIABLES.contains(&name)));
        }
        for key in ["command", "args"] {
            nodes.extend(self.node.get(key).map(Node::items).unwrap_or_default());
        }
        nodes.into_iter().flat_map(|node| options_in(node, text)).collect()
    }

    /// Paths at which volumes are mounted.
    pub(super) fn mounts(self) -> Vec<&'a str> {
        let mounts = self.node.get("volumeMounts").map(Node::items).unwrap_or_default();
        mounts.iter().filter_map(|one| one.get("mountPath")).filter_map(Node::text).collect()
    }
}

/// Words beginning with `-X` of a scalar, with their places: as they stand in the text, so that
/// quotes and folded lines do not matter.
fn options_in(node: &Node, text: &str) -> Vec<JvmOption> {
    let Value::Scalar(_) = &node.value else { return Vec::new() };
    let source = text.get(node.span.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut offset = node.span.start;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ']');
    for piece in source.split_inclusive(ends) {
        let bare = piece.trim_end_matches(ends);
        if bare.starts_with("-X") {
            found.push(JvmOption { text: bare.to_owned(), span: offset..offset + bare.len() });
        }
        offset += piece.len();
    }
    found
}
