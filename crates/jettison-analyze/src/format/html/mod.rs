//! One page that needs no network: a treemap of the files, a chart of the layers, every finding, and a search over all.
//!
//! The page's scripts write every value of the image as text, never as markup; and should one find a way to become markup all
//! the same, the page's own policy lets nothing run or load but the scripts and styles it was written with.

mod data;
mod words;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jettison_image::Digest;

use crate::{analysis::Analysis, file_map::FileMap, language::Language};
use data::Page;

const FRAME: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/style.css");
/// In the order in which they need one another.
const SCRIPTS: &[&str] = &[
    include_str!("assets/page.js"),
    include_str!("assets/squarify.js"),
    include_str!("assets/treemap.js"),
    include_str!("assets/layers.js"),
    include_str!("assets/findings.js"),
    include_str!("assets/search.js"),
];

/// The page.
pub(super) fn html(analysis: &Analysis, files: &FileMap, language: Language) -> String {
    let script = SCRIPTS.concat();
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source(&script),
        source(STYLE)
    );
    let page = Page::of(analysis, files, language);
    let data = serde_json::to_string(&page).expect("a page can be written");
    let tag = match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    let mut text = String::with_capacity(FRAME.len() + STYLE.len() + script.len() + data.len());
    let mut rest = FRAME;
    // Each part is put in once, so that nothing within a part is taken for a place.
    for (place, part) in [
        ("{{language}}", tag),
        ("{{policy}}", &policy),
        ("{{title}}", &escaped(&analysis.image.name)),
        ("{{style}}", STYLE),
        ("{{data}}", &within_script(&data)),
        ("{{script}}", &script),
    ] {
        let (before, after) = rest.split_once(place).expect("the frame has every place, in order");
        text.push_str(before);
        text.push_str(part);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// How a policy names an inline script or style (CSP Level 3, "hash-source").
fn source(text: &str) -> String {
    let digest = Digest::sha256(text.as_bytes());
    let hex = digest.hex();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits of hex");
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    format!("sha256-{}", STANDARD.encode(bytes))
}

/// JSON that ends no script element: `<` is written as an escape, which JSON reads as `<`.
fn within_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_script() {
        let json = serde_json::to_string("</script><img onerror=x>&").expect("a string");
        let text = within_script(&json);
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(
            serde_json::from_str::<String>(&text).expect("still JSON"),
            "</script><img onerror=x>&"
        );
    }

    #[test]
    fn a_policy_names_scripts_by_their_digest() {
        // The example of CSP Level 3, section 2.3.1.
        assert_eq!(
            source("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
    }

    #[test]
    fn scripts_write_no_markup() {
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPTS.concat().contains(word), "{word}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
