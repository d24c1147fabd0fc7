//! What an image's names hold does not move the cursor of those who read about it.

mod given;

use jettison_analyze::{
    AnalyzeOptions, FileMap, Language, analyze,
    format::{Colour, Detail, Format, Style, render},
};
use jettison_testkit::{Entry, FatImage, layer};
use serde_json::json;

#[test]
fn reports_for_people_hold_no_control_characters() {
    let evil = "\u{1b}[2J\u{1b}]0;title\u{7}\r\u{9b}31m";
    let content = vec![7; 9000];
    let config = json!({
        "Cmd": [format!("/app/{evil}")],
        "User": evil,
        "Env": [format!("X={evil}")],
        "Labels": {evil: evil},
    });
    let entries = [
        Entry::file(&format!("tmp/{evil}"), content.clone()),
        Entry::file(&format!("app/{evil}"), content.clone()).mode(0o4777),
        Entry::file(&format!("app/b{evil}"), content).mode(0o4777),
    ];
    let mut image = FatImage::new("evil:1", config, vec![layer(entries)]);
    image.history = vec![json!({"created_by": format!("RUN echo {evil}")})];
    let (subject, index) = (given::subject(&image), given::index(&image));
    let found = analyze(&subject, &index, &AnalyzeOptions::default());
    for format in [Format::Text, Format::Markdown] {
        let (language, colour, detail) = (Language::English, Colour::Never, Detail::Full);
        let style = Style { format, language, colour, detail, width: 100 };
        let text = render(&found.analysis, &|| FileMap::of(&index, &found.waste), &style);
        assert!(text.contains("[2J"), "the names are shown");
        let bad = text.lines().find(|line| line.contains(char::is_control));
        assert_eq!(bad, None);
    }
}
