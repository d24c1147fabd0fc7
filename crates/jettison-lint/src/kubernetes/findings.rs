//! Looks for breaches in manifests.

use std::ops::Range;

use jettison_dockerfile::{Edit, LineIndex, apply};

use super::{
    quantity,
    rules::{CPU_LIMIT, CPU_REQUEST, HEAP, HEAP_DUMP, MEMORY, NGINX, READABLE},
    workload::{Container, JvmOption, containers, objects},
};
use crate::{
    diagnostic::{Diagnostic, place},
    finding::{Finding, Fix, Message, Safety, message},
    rule::{Level, Rule},
    settings::Settings,
    yaml::{Node, Value, documents},
};

/// Rounds of fixes: each applies what does not overlap.
const MAX_ROUNDS: usize = 10;

/// Findings in the manifests of `text`, by place.
pub fn lint_manifests(text: &str, settings: &Settings) -> Vec<Finding> {
    let mut out = Out { text, settings, findings: Vec::new() };
    let (documents, stopped) = documents(text);
    for object in documents.iter().flat_map(objects) {
        out.config_map(object);
        for container in containers(object) {
            if container.is_java(text) {
                out.java(container);
            }
        }
    }
    if let Some(stopped) = stopped {
        let reason = &stopped.reason;
        let text = message!("this cannot be read: {reason}", "无法读取：{reason}");
        out.push(&READABLE, stopped.offset..stopped.offset, text, None);
    }
    out.findings.sort_by_key(|one| (one.span.start, one.rule));
    out.findings
}

/// Applies the fixes that are at most `safety`: the text, and what was applied.
pub fn fix_manifests(text: &str, settings: &Settings, safety: Safety) -> (String, Vec<Finding>) {
    let mut fixed = text.to_owned();
    let mut applied = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let mut edits: Vec<Edit> = Vec::new();
        let mut chosen = Vec::new();
        for finding in lint_manifests(&fixed, settings) {
            let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safety <= safety) else {
                continue;
            };
            if fix.edits.iter().all(|edit| !edits.iter().any(|one| one.conflicts_with(edit))) {
                edits.extend(fix.edits.iter().cloned());
                chosen.push(finding);
            }
        }
        let next =
            apply(fixed.as_bytes(), &edits).ok().and_then(|next| String::from_utf8(next).ok());
        let Some(next) = next.filter(|next| *next != fixed && documents(next).1.is_none()) else {
            break;
        };
        fixed = next;
        applied.extend(chosen);
    }
    (fixed, applied)
}

/// Places `findings` in the file called `path`.
pub fn manifest_diagnostics(path: &str, text: &str, findings: &[Finding]) -> Vec<Diagnostic> {
    let lines = LineIndex::new(text);
    findings.iter().map(|finding| place(path.to_owned(), text, &lines, finding)).collect()
}

struct Out<'a> {
    text: &'a str,
    settings: &'a Settings,
    findings: Vec<Finding>,
}

impl Out<'_> {
    fn push(&mut self, rule: &Rule, span: Range<usize>, message: Message, fix: Option<Fix>) {
        let level = self.settings.level_of(rule);
        if level == Level::Off {
            return;
        }
        let (rule, aliases) = (rule.id, Vec::new());
        let (file, related) = (None, None);
        self.findings.push(Finding { rule, aliases, level, file, span, message, related, fix });
    }

    fn java(&mut self, container: Container<'_>) {
        let (name, place) = container.name();
        let options = container.options(self.text);
        self.memory(container, name, &place);
        if let Some(limit) = container.resource("limits", "cpu") {
            let text = message!(
                "a CPU limit slows down the start of {name}",
                "CPU limit 会拖慢 {name} 的启动"
            );
            let fix = self.line_of(limit, "cpu").map(|line| Fix {
                title: message!("Remove the limit", "去掉 limit"),
                safety: Safety::Unsafe,
                file: None,
                edits: vec![Edit::delete(line)],
            });
            self.push(&CPU_LIMIT, limit.span.clone(), text, fix);
        }
        if container.resource("requests", "cpu").is_none() {
            let text = message!("{name} requests no CPU", "{name} 没有设置 CPU request");
            self.push(&CPU_REQUEST, place.clone(), text, None);
        }
        self.heap(container, name, &place, &options);
        self.heap_dump(container, &options);
    }

    /// The whole line of a scalar that is alone in its line with its key, for its removal; none
    /// when it is the only entry of its mapping or stands in a flow mapping.
    fn line_of(&self, value: &Node, key: &str) -> Option<Range<usize>> {
        let start = self.text[..value.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[value.span.end..]
            .find('\n')
            .map_or(self.text.len(), |at| value.span.end + at + 1);
        let line = self.text.get(start..end)?;
        let is_alone = line.trim_start().starts_with(&format!("{key}:"));
        let indent = line.len() - line.trim_start().len();
        let is_sibling = |other: Option<&str>| {
            other.is_some_and(|other| {
                other.len() - other.trim_start().len() == indent && !other.trim().is_empty()
            })
        };
        let before = self.text[..start].lines().next_back();
        let after = self.text[end..].lines().next();
        (is_alone && (is_sibling(before) || is_sibling(after))).then_some(start..end)
    }

    fn memory(&mut self, container: Container<'_>, name: &str, place: &Range<usize>) {
        let (request, limit) =
            (container.resource("requests", "memory"), container.resource("limits", "memory"));
        let bytes = |node: Option<&Node>| node.and_then(Node::text).and_then(quantity::memory);
        match (request, limit) {
            (_, None) => {
                let text = message!("{name} has no memory limit", "{name} 没有设置内存 limit");
                self.push(&MEMORY, place.clone(), text, None);
            }
            // A limit alone is the request, too.
            (None, Some(_)) => {}
            (Some(request), Some(limit)) if bytes(Some(request)) != bytes(Some(limit)) => {
                let (asked, allowed) =
                    (request.text().unwrap_or_default(), limit.text().unwrap_or_default());
                let text = message!(
                    "{name} requests {asked} and may take {allowed}",
                    "{name} 的 request 是 {asked}，limit 却是 {allowed}"
                );
                let written = self.text.get(limit.span.clone()).unwrap_or_default().to_owned();
                let fix = Fix {
                    title: message!("Request {allowed}", "把 request 设为 {allowed}"),
                    safety: Safety::Unsafe,
                    file: None,
                    edits: vec![Edit::replace(request.span.clone(), written)],
                };
                self.push(&MEMORY, request.span.clone(), text, Some(fix));
            }
            (Some(_), Some(_)) => {}
        }
    }

    fn heap(
        &mut self,
        container: Container<'_>,
        name: &str,
        place: &Range<usize>,
        options: &[JvmOption],
    ) {
        let limit =
            container.resource("limits", "memory").and_then(Node::text).and_then(quantity::memory);
        let is_sizing = |option: &&JvmOption| {
            let sizes = ["-Xmx", "-XX:MaxRAMPercentage=", "-XX:MaxRAM=", "-XX:MaxHeapSize="];
            sizes.iter().any(|prefix| option.text.starts_with(prefix))
        };
        let sizing: Vec<&JvmOption> = options.iter().filter(is_sizing).collect();
        if sizing.is_empty() && limit.is_some() && !options.is_empty() {
            let text = message!(
                "no option sizes the heap of {name}: it takes a quarter of the limit",
                "没有选项设置 {name} 的堆：JVM 只会用 limit 的四分之一"
            );
            self.push(&HEAP, place.clone(), text, None);
        }
        for option in sizing {
            if let Some(percent) = option.text.strip_prefix("-XX:MaxRAMPercentage=") {
                self.percentage(option, percent);
            } else if let Some(size) = option
                .text
                .strip_prefix("-Xmx")
                .or_else(|| option.text.strip_prefix("-XX:MaxHeapSize="))
            {
                self.size(option, size, limit);
            }
        }
    }

    fn percentage(&mut self, option: &JvmOption, percent: &str) {
        let Ok(value) = percent.parse::<f64>() else {
            let text = message!("{percent} is no percentage", "{percent} 不是百分比");
            return self.push(&HEAP, option.span.clone(), text, None);
        };
        if !(50.0..=80.0).contains(&value) {
            let text = message!(
                "a heap of {percent} % is outside of 50 to 80 %",
                "堆占 {percent}% ，不在 50% 到 80% 之间"
            );
            let fix = replacement(option, "-XX:MaxRAMPercentage=75");
            self.push(&HEAP, option.span.clone(), text, Some(fix));
        }
    }

    fn size(&mut self, option: &JvmOption, size: &str, limit: Option<u64>) {
        let Some(heap) = quantity::java(size) else {
            let text = message!(
                "{size} is no size: the JVM does not start",
                "{size} 不是合法的大小：JVM 无法启动"
            );
            return self.push(&HEAP, option.span.clone(), text, None);
        };
        let Some(limit) = limit.filter(|limit| *limit > 0) else { return };
        let percent = u128::from(heap) * 100 / u128::from(limit);
        if !(50..=80).contains(&percent) {
            let text = message!(
                "the heap is {percent} % of the memory limit; 50 to 80 % are sound",
                "堆是内存 limit 的 {percent}%，应为 50% 到 80%"
            );
            let fix = replacement(option, "-XX:MaxRAMPercentage=75");
            self.push(&HEAP, option.span.clone(), text, Some(fix));
        }
    }

    fn heap_dump(&mut self, container: Container<'_>, options: &[JvmOption]) {
        let mounts = container.mounts();
        let Some(dump) = options.iter().find(|one| one.text == "-XX:+HeapDumpOnOutOfMemoryError")
        else {
            return;
        };
        let path =
            options.iter().find_map(|one| Some((one, one.text.strip_prefix("-XX:HeapDumpPath=")?)));
        let is_mounted = |path: &str| {
            mounts.iter().any(|mount| {
                let rest = path.strip_prefix(mount.trim_end_matches('/'));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        match path {
            Some((_, path)) if is_mounted(path) => {}
            Some((option, path)) => {
                let text = message!("no volume is mounted at {path}", "{path} 处没有挂载卷");
                self.push(&HEAP_DUMP, option.span.clone(), text, None);
            }
            None => {
                let text = message!(
                    "the dump goes into the working directory, which is no volume",
                    "转储会写入工作目录，而那里不是卷"
                );
                self.push(&HEAP_DUMP, dump.span.clone(), text, None);
            }
        }
    }

    /// `worker_processes auto` in a configuration file of nginx.
    fn config_map(&mut self, object: &Node) {
        if object.get("kind").and_then(Node::text) != Some("ConfigMap") {
            return;
        }
        let Some(Value::Map(data)) = object.get("data").map(|node| &node.value) else { return };
        for (_, value) in data {
            let source = self.text.get(value.span.clone()).unwrap_or_default();
            let Some(at) = source.find("worker_processes") else { continue };
            let line = source[at..].split(['\n', ';']).next().unwrap_or_default();
            let mut words = line.split_whitespace().skip(1);
            if words.next() != Some("auto") {
                continue;
            }
            let start = value.span.start + at;
            let auto = start + line.rfind("auto").unwrap_or_default();
            let text = message!(
                "auto counts the node's CPUs, not the container's",
                "auto 按节点而不是容器的 CPU 数计算"
            );
            let fix = Fix {
                title: message!("Use two workers", "使用两个 worker"),
                safety: Safety::Unsafe,
                file: None,
                edits: vec![Edit::replace(auto..auto + 4, "2")],
            };
            self.push(&NGINX, start..start + line.len(), text, Some(fix));
        }
    }
}

fn replacement(option: &JvmOption, text: &str) -> Fix {
    Fix {
        title: message!("Write {text}", "改写为 {text}"),
        safety: Safety::Unsafe,
        file: None,
        edits: vec![Edit::replace(option.span.clone(), text)],
    }
}
