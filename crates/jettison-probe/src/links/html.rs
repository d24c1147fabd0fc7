//! Links, parts and forms of HTML, XHTML, SVG, sitemaps and feeds, from their tokens.
//!
//! No tree is built: what a page refers to can be seen from its tags alone, and a tokenizer is
//! total on whatever bytes a server sends.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::{
    Base, Found, LinkKind, css,
    form::{Encoding, Field, Form, Method, SAMPLE_FILE, sample_value},
    script,
    text::refresh_target,
};

/// Adds what a page refers to.
pub(super) fn extract(base: &Base, body: &[u8], found: &mut Found) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page { base: base.clone(), found, text: Text::Ignored, form: None };
    for token in Tokenizer::new_with_emitter(body, emitter) {
        // Reading from memory cannot fail; its error type is uninhabited.
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => page.open(&Tag(&tag)),
            Token::String(text) => page.text.push(&text.value),
            Token::EndTag(tag) => page.close(&String::from_utf8_lossy(&tag.name)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    page.end_text();
    page.end_form();
}

/// A start tag with its attributes as text.
struct Tag<'a>(&'a StartTag<()>);

impl Tag<'_> {
    fn name(&self) -> String {
        String::from_utf8_lossy(&self.0.name).into_owned()
    }

    fn get(&self, attribute: &str) -> Option<String> {
        let value = self.0.attributes.get(attribute.as_bytes())?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    fn has(&self, attribute: &str) -> bool {
        self.0.attributes.contains_key(attribute.as_bytes())
    }

    fn lower(&self, attribute: &str) -> String {
        self.get(attribute).unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// What the text between the tags is for.
enum Text {
    Ignored,
    Style(Vec<u8>),
    Script(Vec<u8>),
    /// `<loc>` of a sitemap, `<link>` of a feed: the text is an address.
    Address(Vec<u8>),
    Textarea(Vec<u8>),
    Label(Vec<u8>),
}

impl Text {
    fn push(&mut self, more: &[u8]) {
        match self {
            Self::Ignored => {}
            Self::Style(text)
            | Self::Script(text)
            | Self::Address(text)
            | Self::Textarea(text)
            | Self::Label(text) => text.extend_from_slice(more),
        }
    }
}

struct Page<'f> {
    base: Base,
    found: &'f mut Found,
    text: Text,
    form: Option<OpenForm>,
}

/// A form whose end has not been seen.
struct OpenForm {
    form: Form,
    has_button: bool,
    select: Option<Select>,
    /// Names of radio groups that have a value.
    radios: Vec<String>,
}

struct Select {
    name: String,
    first: Option<String>,
    chosen: Option<String>,
}

/// More fields than this are a spreadsheet, and would make a body that no server takes.
const MAX_FIELDS: usize = 300;

impl Page<'_> {
    fn open(&mut self, tag: &Tag<'_>) {
        self.end_text();
        let name = tag.name();
        match name.as_str() {
            "base" => {
                if let Some(base) = tag.get("href").and_then(|href| self.base.rebase(&href)) {
                    self.base = base;
                }
            }
            "a" | "area" => self.add(tag, &["href", "xlink:href"], LinkKind::Page),
            "link" => self.open_link(tag),
            "meta" => self.open_meta(tag),
            "iframe" | "frame" => self.add(tag, &["src", "data-src"], LinkKind::Page),
            "script" => {
                self.add(tag, &["src"], LinkKind::Part);
                self.text = Text::Script(Vec::new());
            }
            "style" => self.text = Text::Style(Vec::new()),
            "loc" | "image:loc" => self.text = Text::Address(Vec::new()),
            "object" => self.add(tag, &["data"], LinkKind::Part),
            "use" | "image" | "feimage" => {
                self.add(tag, &["href", "xlink:href"], LinkKind::Part);
            }
            _ => self.add(tag, &["src", "poster", "background", "data-src"], LinkKind::Part),
        }
        for attribute in ["srcset", "imagesrcset", "data-srcset"] {
            for candidate in tag.get(attribute).iter().flat_map(|set| srcset(set)) {
                self.found.add(&self.base, candidate, LinkKind::Part);
            }
        }
        if let Some(style) = tag.get("style") {
            css::extract(&self.base, &style, self.found);
        }
        self.open_form_part(&name, tag);
    }

    fn add(&mut self, tag: &Tag<'_>, attributes: &[&str], kind: LinkKind) {
        for reference in attributes.iter().filter_map(|attribute| tag.get(attribute)) {
            self.found.add(&self.base, &reference, kind);
        }
    }

    fn open_link(&mut self, tag: &Tag<'_>) {
        let Some(href) = tag.get("href") else {
            self.text = Text::Address(Vec::new());
            return;
        };
        let relation = tag.lower("rel");
        let mut words = relation.split_ascii_whitespace();
        if words.clone().any(|word| matches!(word, "preconnect" | "dns-prefetch")) {
            return;
        }
        let is_page = words.any(|word| {
            matches!(word, "canonical" | "alternate" | "next" | "prev" | "prefetch" | "self")
        });
        let kind = if is_page { LinkKind::Page } else { LinkKind::Part };
        self.found.add(&self.base, &href, kind);
    }

    fn open_meta(&mut self, tag: &Tag<'_>) {
        let Some(content) = tag.get("content") else { return };
        if tag.lower("http-equiv") == "refresh"
            && let Some(target) = refresh_target(&content)
        {
            self.found.add(&self.base, target, LinkKind::Page);
        }
        let property = tag.lower("property") + &tag.lower("name");
        if matches!(&*property, "og:image" | "twitter:image" | "msapplication-tileimage") {
            self.found.add(&self.base, &content, LinkKind::Part);
        }
    }

    fn close(&mut self, name: &str) {
        self.end_text();
        match name {
            "form" => self.end_form(),
            "select" => self.end_select(),
            _ => {}
        }
    }

    fn end_text(&mut self) {
        match std::mem::replace(&mut self.text, Text::Ignored) {
            Text::Ignored => {}
            Text::Style(text) => {
                css::extract(&self.base, &String::from_utf8_lossy(&text), self.found);
            }
            Text::Script(text) => {
                script::extract(&self.base, &String::from_utf8_lossy(&text), self.found);
            }
            Text::Address(text) => {
                self.found.add(&self.base, &String::from_utf8_lossy(&text), LinkKind::Page);
            }
            Text::Textarea(text) => {
                if let Some(field) = self.form.as_mut().and_then(|open| open.form.fields.last_mut())
                    && !text.trim_ascii().is_empty()
                {
                    field.value = String::from_utf8_lossy(&text).into_owned();
                }
            }
            Text::Label(text) => {
                if let Some(open) = &mut self.form {
                    open.form.label.push_str(&String::from_utf8_lossy(&text));
                }
            }
        }
    }

    fn open_form_part(&mut self, name: &str, tag: &Tag<'_>) {
        if name == "form" {
            self.end_form();
            self.form = OpenForm::new(&self.base, tag);
            return;
        }
        let Some(open) = &mut self.form else { return };
        match name {
            "input" => open.input(tag),
            "textarea" if open.takes(tag) => {
                open.push(tag, sample_value("text").to_owned(), None);
                self.text = Text::Textarea(Vec::new());
            }
            "select" if open.takes(tag) => {
                open.end_select();
                let name = tag.get("name").unwrap_or_default();
                open.select = Some(Select { name, first: None, chosen: None });
            }
            "option" => open.option(tag),
            "button" => {
                open.button(tag);
                self.text = Text::Label(Vec::new());
            }
            _ => {}
        }
    }

    fn end_select(&mut self) {
        if let Some(open) = &mut self.form {
            open.end_select();
        }
    }

    fn end_form(&mut self) {
        if let Some(mut open) = self.form.take() {
            open.end_select();
            self.found.add_form(open.form);
        }
    }
}

impl OpenForm {
    /// `None` when the form is sent elsewhere or nowhere.
    fn new(base: &Base, tag: &Tag<'_>) -> Option<Self> {
        let action = tag.get("action").unwrap_or_default();
        let action = if action.trim().is_empty() { base.target() } else { base.resolve(&action)? };
        let method = match tag.lower("method").as_str() {
            "post" => Method::Post,
            "dialog" => return None,
            _ => Method::Get,
        };
        let encoding = match tag.lower("enctype").as_str() {
            "multipart/form-data" => Encoding::Multipart,
            "text/plain" => Encoding::Plain,
            _ => Encoding::UrlEncoded,
        };
        let label = ["id", "class", "name"]
            .iter()
            .filter_map(|attribute| tag.get(attribute))
            .collect::<Vec<_>>()
            .join(" ");
        let form = Form { method, action, encoding, fields: Vec::new(), label };
        Some(Self { form, has_button: false, select: None, radios: Vec::new() })
    }

    /// Whether a control is sent at all.
    fn takes(&self, tag: &Tag<'_>) -> bool {
        let is_named = tag.get("name").is_some_and(|name| !name.is_empty());
        is_named && !tag.has("disabled") && self.form.fields.len() < MAX_FIELDS
    }

    fn push(&mut self, tag: &Tag<'_>, value: String, file_name: Option<&'static str>) {
        let name = tag.get("name").unwrap_or_default();
        self.form.fields.push(Field { name, value: shorten(value, tag), file_name });
    }

    fn input(&mut self, tag: &Tag<'_>) {
        let kind = tag.lower("type");
        if matches!(&*kind, "submit" | "image") {
            self.form.label.push_str(&tag.get("value").unwrap_or_default());
            return self.button(tag);
        }
        if !self.takes(tag) || matches!(&*kind, "button" | "reset") {
            return;
        }
        let value = tag.get("value");
        match kind.as_str() {
            "hidden" => self.push(tag, value.unwrap_or_default(), None),
            "checkbox" if tag.has("checked") || tag.has("required") => {
                self.push(tag, value.unwrap_or_else(|| "on".to_owned()), None);
            }
            "checkbox" => {}
            "radio" => self.radio(tag, value.unwrap_or_else(|| "on".to_owned())),
            "file" => self.push(tag, SAMPLE_FILE.1.to_owned(), Some(SAMPLE_FILE.0)),
            kind => {
                let sample = match kind {
                    "number" | "range" => tag.get("min"),
                    _ => None,
                };
                let value = value
                    .filter(|value| !value.is_empty())
                    .or(sample)
                    .unwrap_or_else(|| sample_value(kind).to_owned());
                self.push(tag, value, None);
            }
        }
    }

    /// The checked button of a group, else its first.
    fn radio(&mut self, tag: &Tag<'_>, value: String) {
        let name = tag.get("name").unwrap_or_default();
        if !self.radios.contains(&name) {
            self.radios.push(name);
            self.push(tag, value, None);
        } else if tag.has("checked")
            && let Some(field) = self.form.fields.iter_mut().find(|field| field.name == name)
        {
            field.value = value;
        }
    }

    /// The first button that submits is the one that is pressed.
    fn button(&mut self, tag: &Tag<'_>) {
        let submits = !matches!(&*tag.lower("type"), "button" | "reset");
        if !submits || self.has_button || tag.has("disabled") {
            return;
        }
        self.has_button = true;
        if self.takes(tag) && tag.lower("type") != "image" {
            self.push(tag, tag.get("value").unwrap_or_default(), None);
        }
    }

    fn option(&mut self, tag: &Tag<'_>) {
        let Some(select) = &mut self.select else { return };
        let value = tag.get("value");
        if tag.has("disabled") {
            return;
        }
        // An option without a value sends its text, which comes later; the first real value is
        // as good.
        if let Some(value) = value {
            if tag.has("selected") && select.chosen.is_none() {
                select.chosen = Some(value.clone());
            }
            if select.first.as_ref().is_none_or(String::is_empty) {
                select.first = Some(value);
            }
        }
    }

    fn end_select(&mut self) {
        let Some(select) = self.select.take() else { return };
        let value = select.chosen.filter(|value| !value.is_empty()).or(select.first);
        let value = value.unwrap_or_default();
        self.form.fields.push(Field { name: select.name, value, file_name: None });
    }
}

/// Keeps a value within the field's `maxlength`.
fn shorten(value: String, tag: &Tag<'_>) -> String {
    match tag.get("maxlength").and_then(|length| length.trim().parse::<usize>().ok()) {
        Some(length) => value.chars().take(length).collect(),
        None => value,
    }
}

/// The addresses of a `srcset`: `a.png 1x, b.png 2x`.
fn srcset(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').filter_map(|candidate| candidate.split_ascii_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Scheme;

    fn page(html: &str) -> Found {
        let base = Base::new(Scheme::Http, 80, "/dir/page", &[]).unwrap();
        let mut found = Found::default();
        extract(&base, html.as_bytes(), &mut found);
        found
    }

    #[test]
    fn elements_that_refer() {
        let part = LinkKind::Part;
        let step = LinkKind::Page;
        let table: &[(&str, &[(&str, LinkKind)])] = &[
            ("<a href='/a?x=1&amp;y=2#z'>", &[("/a?x=1&y=2", step)]),
            ("<A HREF=upper><area href=b>", &[("/dir/upper", step), ("/dir/b", step)]),
            ("<link rel=stylesheet href=s.css>", &[("/dir/s.css", part)]),
            ("<link rel='shortcut icon' href=/i.ico>", &[("/i.ico", part)]),
            ("<link rel=manifest href=/m.json>", &[("/m.json", part)]),
            ("<link rel=canonical href=/c>", &[("/c", step)]),
            ("<link rel=preconnect href=/no>", &[]),
            ("<script src=s.js></script>", &[("/dir/s.js", part)]),
            ("<script>import './m.js'; '<a href=/no>'</script>", &[("/dir/m.js", part)]),
            ("<style>a{background:url(b.png)} <a href=/no></style>", &[("/dir/b.png", part)]),
            ("<p style='background:url(&quot;q.png&quot;)'>", &[("/dir/q.png", part)]),
            (
                "<img src=a.png srcset='b.png 1x, /c.png 2x'>",
                &[("/dir/a.png", part), ("/dir/b.png", part), ("/c.png", part)],
            ),
            ("<picture><source srcset=s.webp></picture>", &[("/dir/s.webp", part)]),
            ("<iframe src=/f></iframe>", &[("/f", step)]),
            (
                "<object data=o.pdf></object><embed src=e.swf>",
                &[("/dir/o.pdf", part), ("/dir/e.swf", part)],
            ),
            (
                "<video src=v.mp4 poster=p.jpg><track src=t.vtt>",
                &[("/dir/v.mp4", part), ("/dir/p.jpg", part), ("/dir/t.vtt", part)],
            ),
            ("<meta http-equiv=Refresh content='3; url=/r'>", &[("/r", step)]),
            ("<meta property=og:image content=/og.png>", &[("/og.png", part)]),
            (
                "<svg><use xlink:href='/sprite.svg#i'/><image href=/i.png /></svg>",
                &[("/sprite.svg", part), ("/i.png", part)],
            ),
            ("<base href=/other/><a href=x>", &[("/other/x", step)]),
            ("<base href=https://cdn.example/><a href=x>", &[("/dir/x", step)]),
            ("<!-- <a href=/no> --><textarea><a href=/no></textarea>", &[]),
            ("<urlset><url><loc> http://localhost/s1 </loc></url></urlset>", &[("/s1", step)]),
            ("<rss><item><link>http://localhost/post</link></item></rss>", &[("/post", step)]),
            ("<a href='http://elsewhere.example/'><a href='mailto:x@y'><a name=x>", &[]),
        ];
        for (html, expected) in table {
            let found = page(html);
            let links: Vec<_> = found.links.iter().map(|link| (&*link.target, link.kind)).collect();
            assert_eq!(links, *expected, "{html}");
        }
    }

    #[test]
    fn forms_get_sample_values() {
        let found = page(
            r#"<form action="/sign-up" method="POST" enctype="multipart/form-data" id="sign-up">
                <input name="csrf" type="hidden" value="t0k3n"><input name="name">
                <input name="mail" type="EMAIL"><input name="age" type="number" min="18">
                <input name="count" type="number"><input name="given" value="kept">
                <input name="pw" type="password" maxlength="4">
                <input name="off" type="checkbox"><input name="on" type="checkbox" checked>
                <input name="terms" type="checkbox" required value="yes">
                <input name="r" type="radio" value="1"><input name="r" type="radio" value="2" checked>
                <select name="s"><option value="">choose</option><option value="x">X</option></select>
                <select name="t"><option value="a"><option value="b" selected></select>
                <textarea name="note"></textarea><textarea name="full">text</textarea>
                <input name="upload" type="file"><input name="no" disabled>
                <button type="button" name="plain">x</button>
                <button name="go" value="1">Create account</button><button name="other">y</button>
               </form>"#,
        );
        let [form] = &found.forms[..] else { panic!("{found:?}") };
        assert_eq!((form.method, &*form.action), (Method::Post, "/sign-up"));
        assert_eq!(form.encoding, Encoding::Multipart);
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|field| (&*field.name, &*field.value)).collect();
        assert_eq!(
            fields,
            [
                ("csrf", "t0k3n"),
                ("name", "jettison"),
                ("mail", "jettison@example.com"),
                ("age", "18"),
                ("count", "1"),
                ("given", "kept"),
                ("pw", "Jett"),
                ("on", "on"),
                ("terms", "yes"),
                ("r", "2"),
                ("s", "x"),
                ("t", "b"),
                ("note", "jettison"),
                ("full", "text"),
                ("upload", "jettison\n"),
                ("go", "1"),
            ]
        );
        assert!(form.label.contains("sign-up") && form.label.contains("Create account"));
    }

    #[test]
    fn forms_go_where_they_say() {
        let found = page(
            "<form><input name=q></form><form action=http://elsewhere.example/><input name=x></form>
             <form method=dialog></form><form action=search method=get><input type=search name=q>",
        );
        let actions: Vec<&str> = found.forms.iter().map(|form| &*form.action).collect();
        assert_eq!(actions, ["/dir/page", "/dir/search"]);
        assert_eq!(found.forms[1].submission().target, "/dir/search?q=jettison");
    }
}
