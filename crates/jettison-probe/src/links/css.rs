//! `url(...)` and `@import` in style sheets.

use super::{Base, Found, LinkKind};

/// Adds what a style sheet loads.
pub(super) fn extract(base: &Base, css: &str, found: &mut Found) {
    let mut rest = css;
    while let Some((at, token)) = next_token(rest) {
        rest = &rest[at + token.len()..];
        if token == "/*" {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        // `@import url(...)` is found at its `url(`.
        let is_import = token.len() > "url(".len();
        let argument = window(rest).trim_start();
        let value = match argument.chars().next() {
            Some(quote @ ('"' | '\'')) => argument[1..].split_once(quote).map(|(value, _)| value),
            _ if is_import => None,
            _ => bare_address(argument),
        };
        if let Some(value) = value {
            found.add(base, &unescape(value), LinkKind::Part);
        }
    }
}

/// What stands without quotes before the closing parenthesis. It may not hold another opening one,
/// a quote or a space (CSS Syntax, section 4.3.6), unless escaped.
fn bare_address(argument: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = argument.find(|char: char| {
        let ends = !is_escaped && matches!(char, '(' | ')' | '"' | '\'' | ' ' | '\t' | '\n');
        is_escaped = char == '\\' && !is_escaped;
        ends
    })?;
    let (value, rest) = argument.split_at(end);
    rest.trim_start().starts_with(')').then_some(value)
}

/// The beginning of `text`. No address is longer, and looking further at each of many unfinished
/// ones would take time quadratic in the size of the sheet.
fn window(text: &str) -> &str {
    const WINDOW_BYTES: usize = 4096;
    &text[..text.floor_char_boundary(WINDOW_BYTES)]
}

/// The next place where something may be loaded, case-insensitively, or a comment begins.
fn next_token(css: &str) -> Option<(usize, &str)> {
    const TOKENS: [&str; 3] = ["/*", "url(", "@import"];
    let bytes = css.as_bytes();
    (0..bytes.len()).filter(|&at| matches!(bytes[at], b'/' | b'u' | b'U' | b'@')).find_map(|at| {
        TOKENS.iter().find_map(|token| {
            let candidate = css.get(at..at + token.len())?;
            candidate.eq_ignore_ascii_case(token).then_some((at, candidate))
        })
    })
}

/// A backslash takes the next character literally. Escapes by code point do not occur in the
/// paths of real style sheets.
fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            char => plain.push(char),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Scheme;

    #[test]
    fn style_sheets_load_files() {
        let css = r#"
            @import "reset.css"; @IMPORT 'print.css' print; @import url(theme.css);
            /* url(commented.png) */
            body { background: url( "bg.png" ) , URL('a\ b.png'), url(/img/c.svg#icon) }
            @font-face { src: url(font.woff2) format("woff2"), local("x") }
            i { content: url(data:image/png;base64,AAAA); cursor: url(http://cdn.example/x.cur) }
            /* unfinished url(x"#;
        let base = Base::new(Scheme::Http, 80, "/css/main.css", &[]).unwrap();
        let mut found = Found::default();
        extract(&base, css, &mut found);
        let targets: Vec<&str> = found.links.iter().map(|link| &*link.target).collect();
        assert_eq!(
            targets,
            [
                "/css/reset.css",
                "/css/print.css",
                "/css/theme.css",
                "/css/bg.png",
                "/css/a%20b.png",
                "/img/c.svg",
                "/css/font.woff2",
            ]
        );
    }
}
