//! Shell text as an exec form.

use crate::shell::{Separator, scan};

/// `text` as a JSON array, when it is one command that needs no shell.
pub(crate) fn exec_form(text: &str) -> Option<String> {
    let script = scan(text);
    let [command] = script.commands.as_slice() else { return None };
    let is_plain = !script.is_broken
        && command.assignments.is_empty()
        && command.redirections.is_empty()
        && command.depth == 0
        && command.separator == Separator::End
        && (command.wrappers.is_empty() || command.wrappers[0].text == "exec")
        && command.range.end == text.trim_end().len()
        && command
            .words
            .iter()
            .all(|word| !word.is_dynamic && !is_expanded(&text[word.range.clone()]));
    let is_builtin =
        matches!(command.name(), "cd" | "source" | "." | "export" | "set" | "[" | "[[");
    if !is_plain || is_builtin || command.words.is_empty() {
        return None;
    }
    let words: Vec<String> = command
        .words
        .iter()
        .map(|word| serde_json::to_string(&word.text).expect("a string is valid JSON"))
        .collect();
    Some(format!("[{}]", words.join(", ")))
}

/// Whether a shell would make something else of the unquoted word `raw`.
fn is_expanded(raw: &str) -> bool {
    !raw.starts_with(['\'', '"']) && (raw.contains(['*', '?', '[', '{']) || raw.starts_with('~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_commands_become_arrays() {
        let cases = [
            ("nginx -g 'daemon off;'", Some(r#"["nginx", "-g", "daemon off;"]"#)),
            ("exec app --name=\"a b\"", Some(r#"["app", "--name=a b"]"#)),
            ("app $PORT", None),
            ("a && b", None),
            ("a > b", None),
            ("X=1 a", None),
            ("ls *.txt", None),
            ("cd /x", None),
            ("['/bin/bash']", None),
            ("a 'b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(exec_form(text).as_deref(), expected, "{text}");
        }
    }
}
