//! Here-document markers: `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`, `<< EOF`.

use std::ops::Range;

use crate::expand::{ExpandError, Lexer};

/// A here-document of a RUN, COPY or ADD instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Whether variables in it are expanded: its word is not quoted.
    pub expands: bool,
    /// Whether leading tabs are dropped (`<<-`).
    pub chomps: bool,
    /// File descriptor written before `<<`; 0 without one.
    pub descriptor: u64,
    /// The marker in the instruction's line, source bytes.
    pub marker: Range<usize>,
    /// The lines between marker and end, with their line ends, source bytes.
    pub body: Range<usize>,
    /// The line that ends it, without its line end, source bytes.
    pub terminator: Range<usize>,
}

/// A marker, before its body has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) name: String,
    pub(crate) expands: bool,
    pub(crate) chomps: bool,
    pub(crate) descriptor: u64,
    /// Range within the logical line.
    pub(crate) range: Range<usize>,
}

/// The markers in an instruction's logical line. A line that cannot be split has none.
///
/// # Errors
/// When the word after a marker has an unmatched quote or a bad substitution.
pub(crate) fn markers(line: &str) -> Result<Vec<Marker>, ExpandError> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let lexer = Lexer::new('\\').keep_quotes().keep_escapes().keep_unset();
    let Ok(expanded) = lexer.expand(line, &|_| None) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (word, range) in expanded.words {
        found.extend(marker(&word, range)?);
    }
    Ok(found)
}

/// Whether `word` is a marker as COPY and ADD tell it from a path.
pub(crate) fn is_marker(word: &str) -> bool {
    matches!(marker(word, 0..0), Ok(Some(_)))
}

fn marker(word: &str, range: Range<usize>) -> Result<Option<Marker>, ExpandError> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Some(rest) = word[digits..].strip_prefix("<<") else { return Ok(None) };
    let (chomps, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let lexer = Lexer::new('\\').keep_unset();
    let bare = lexer.expand(rest, &|_| None)?;
    let [(name, _)] = bare.words.as_slice() else { return Ok(None) };
    let quoted = lexer.keep_quotes().expand(rest, &|_| None)?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    let expands = quoted.words.first().is_some_and(|(raw, _)| quotes(raw) == quotes(name));
    Ok(Some(Marker {
        name: name.clone(),
        expands,
        chomps,
        descriptor: word[..digits].parse().unwrap_or(0),
        range,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_known() {
        // (line, name, expands, chomps, descriptor)
        let cases = [
            ("RUN <<EOF", "EOF", true, false, 0),
            ("RUN <<-EOF", "EOF", true, true, 0),
            ("RUN <<\"EOF\" cat", "EOF", false, false, 0),
            ("RUN <<'E OF'", "E OF", false, false, 0),
            ("RUN 3<<EOF", "EOF", true, false, 3),
            ("RUN << EOF", "EOF", true, false, 0),
            ("COPY <<eo\\'f /x", "eo'f", true, false, 0),
            ("COPY <<eo'f' /x", "eof", false, false, 0),
            ("COPY <<$EOF /x", "$EOF", true, false, 0),
        ];
        for (line, name, expands, chomps, descriptor) in cases {
            let found = markers(line).expect("well-formed");
            let [marker] = found.as_slice() else { panic!("{line}: {found:?}") };
            let got = (marker.name.as_str(), marker.expands, marker.chomps, marker.descriptor);
            assert_eq!(got, (name, expands, chomps, descriptor), "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for line in ["RUN cat <<< EOF", "RUN \"<<EOF\"", "RUN x<<EOF", "RUN a < b", "RUN it's <<E"]
        {
            assert_eq!(markers(line), Ok(Vec::new()), "{line}");
        }
        assert_eq!(markers("COPY <<A <<B /x").expect("well-formed").len(), 2);
    }
}
