//! What a distribution's metadata says: requirements and entry points.

/// A name as the index compares it: runs of `-`, `_` and `.` are one dash, in small letters (PEP 503).
pub(super) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            _ => out.extend(letter.to_lowercase()),
        }
    }
    out
}

/// Normalised names of what METADATA says is always required (PEP 508). Requirements of extras are left out: the
/// imports in the code tell which of those are used. So are other markers not looked at: what is installed counts.
pub(super) fn required(metadata: &str) -> Vec<String> {
    let headers = metadata.lines().take_while(|line| !line.is_empty());
    let values = headers.filter_map(|line| line.strip_prefix("Requires-Dist:"));
    let always = values.filter(|value| {
        let marker = value.split_once(';').map_or("", |(_, marker)| marker);
        !marker.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "extra")
    });
    always.map(name).filter(|name| !name.is_empty()).collect()
}

/// The same of an egg-info's requires.txt: a line each, until the first section, which is an extra's.
pub(super) fn listed(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with('['));
    lines.map(name).filter(|name| !name.is_empty()).collect()
}

/// The normalised name at the beginning of a requirement.
fn name(requirement: &str) -> String {
    let requirement = requirement.trim_start();
    let is_part = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let end = requirement.find(|letter| !is_part(letter)).unwrap_or(requirement.len());
    normal(&requirement[..end])
}

/// The groups of entry_points.txt: names of sections.
pub(super) fn groups(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (name, expected) in [
            ("Flask-SQLAlchemy", "flask-sqlalchemy"),
            ("zope.interface", "zope-interface"),
            ("a__b-.c", "a-b-c"),
        ] {
            assert_eq!(normal(name), expected);
        }
    }

    #[test]
    fn requirements_of_extras_are_left_out() {
        let metadata = "Name: x\nRequires-Dist: Werkzeug>=3.0.0\nRequires-Dist: importlib-metadata>=3.6; python_version < \"3.10\"\n\
                        Requires-Dist: asgiref>=3.2 ; extra == 'async'\nRequires-Dist: urllib3[socks] (<3)\n\nRequires-Dist: text\n";
        assert_eq!(required(metadata), ["werkzeug", "importlib-metadata", "urllib3"]);
    }

    #[test]
    fn lists_of_egg_infos_end_with_the_first_extra() {
        assert_eq!(
            listed("async-timeout>=4.0.2\ndeprecated (>1)\n\n[hiredis]\nhiredis>=1\n"),
            ["async-timeout", "deprecated"]
        );
    }

    #[test]
    fn groups_are_section_names() {
        assert_eq!(
            groups("[console_scripts]\nx = y:z\n\n[flask.commands]\n").collect::<Vec<_>>(),
            ["console_scripts", "flask.commands"]
        );
    }
}
