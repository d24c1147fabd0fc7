//! Forms, and what a user who presses their button would send.

use std::fmt::Write as _;

/// A form as a page gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) method: Method,
    /// Path and query of its action.
    pub(crate) action: String,
    pub(crate) encoding: Encoding,
    /// The fields that would be sent, in order.
    pub(crate) fields: Vec<Field>,
    /// Text of its button and the like; tells what it is for.
    pub(crate) label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// How the fields of a POST are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    UrlEncoded,
    Multipart,
    Plain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Sent as a file of this name where the encoding allows.
    pub(crate) file_name: Option<&'static str>,
}

/// A form as it goes over the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

/// The same in every run, so that requests are. It occurs in no field: no page knows it.
const BOUNDARY: &str = "jettison-7d1a5f0c9be2";
pub(crate) const MULTIPART_TYPE: &str = "multipart/form-data; boundary=jettison-7d1a5f0c9be2";

impl Form {
    /// What a browser would send.
    pub(crate) fn submission(&self) -> Submission {
        if self.method == Method::Get {
            let path = self.action.split('?').next().unwrap_or_default();
            return Submission {
                method: "GET",
                target: format!("{path}?{}", self.url_encoded()),
                content_type: None,
                body: Vec::new(),
            };
        }
        let (content_type, body) = match self.encoding {
            Encoding::UrlEncoded => ("application/x-www-form-urlencoded", self.url_encoded()),
            Encoding::Multipart => (MULTIPART_TYPE, multipart(&self.fields)),
            Encoding::Plain => ("text/plain", self.plain()),
        };
        Submission {
            method: "POST",
            target: self.action.clone(),
            content_type: Some(content_type),
            body: body.into_bytes(),
        }
    }

    /// What makes this form the same as one on another page: not its values, which hold tokens.
    pub(crate) fn identity(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| &*field.name).collect();
        let path = self.action.split('?').next().unwrap_or_default();
        format!("{:?} {path} {}", self.method, names.join(" "))
    }

    fn url_encoded(&self) -> String {
        let mut serializer = url::form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            serializer.append_pair(&field.name, field.file_name.unwrap_or(&field.value));
        }
        serializer.finish()
    }

    fn plain(&self) -> String {
        self.fields.iter().fold(String::new(), |mut text, field| {
            let value = field.file_name.unwrap_or(&field.value);
            write!(text, "{}={value}\r\n", field.name).expect("writing to a String cannot fail");
            text
        })
    }
}

/// RFC 7578, with names escaped as the HTML standard says.
pub(crate) fn multipart(fields: &[Field]) -> String {
    let escape = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut text = String::new();
    for field in fields {
        let name = escape(&field.name);
        let head = match field.file_name {
            Some(file) => format!("; filename=\"{file}\"\r\nContent-Type: text/plain"),
            None => String::new(),
        };
        let value = &field.value;
        write!(
            text,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n{value}\r\n"
        )
        .expect("writing to a String cannot fail");
    }
    text.push_str("--");
    text.push_str(BOUNDARY);
    text.push_str("--\r\n");
    text
}

/// What a user would type into an empty field of this type.
pub(super) fn sample_value(kind: &str) -> &'static str {
    match kind {
        "email" => "jettison@example.com",
        "password" => "Jettison-1",
        "url" => "http://localhost/",
        "tel" => "+15550100",
        "number" | "range" => "1",
        "date" => "2024-01-01",
        "time" => "12:00",
        "datetime-local" => "2024-01-01T12:00",
        "month" => "2024-01",
        "week" => "2024-W01",
        "color" => "#000000",
        _ => "jettison",
    }
}

/// What is uploaded for a file field.
pub(crate) const SAMPLE_FILE: (&str, &str) = ("jettison.txt", "jettison\n");

#[cfg(test)]
mod tests {
    use super::*;

    fn form(method: Method, encoding: Encoding) -> Form {
        let field = |name: &str, value: &str, file_name| Field {
            name: name.to_owned(),
            value: value.to_owned(),
            file_name,
        };
        Form {
            method,
            action: "/go?old=1".to_owned(),
            encoding,
            fields: vec![
                field("a b", "c&d", None),
                field("q\"", "\u{fc}", None),
                field("f", SAMPLE_FILE.1, Some(SAMPLE_FILE.0)),
            ],
            label: String::new(),
        }
    }

    #[test]
    fn submissions() {
        let get = form(Method::Get, Encoding::UrlEncoded).submission();
        assert_eq!((get.method, &*get.target), ("GET", "/go?a+b=c%26d&q%22=%C3%BC&f=jettison.txt"));
        let post = form(Method::Post, Encoding::UrlEncoded).submission();
        assert_eq!((post.method, &*post.target), ("POST", "/go?old=1"));
        assert_eq!(post.body, b"a+b=c%26d&q%22=%C3%BC&f=jettison.txt");
        let plain = form(Method::Post, Encoding::Plain).submission();
        assert_eq!(plain.body, "a b=c&d\r\nq\"=\u{fc}\r\nf=jettison.txt\r\n".as_bytes());
    }

    #[test]
    fn multipart_has_a_part_for_each_field() {
        let submission = form(Method::Post, Encoding::Multipart).submission();
        assert_eq!(submission.content_type, Some(MULTIPART_TYPE));
        assert!(MULTIPART_TYPE.ends_with(BOUNDARY));
        let body = String::from_utf8(submission.body).unwrap();
        assert!(body.starts_with("--jettison-7d1a5f0c9be2\r\nContent-Disposition: form-data; name=\"a b\"\r\n\r\nc&d\r\n--"));
        assert!(body.contains("name=\"q%22\""));
        assert!(body.contains("name=\"f\"; filename=\"jettison.txt\"\r\nContent-Type: text/plain\r\n\r\njettison\n\r\n"));
        assert!(body.ends_with("--jettison-7d1a5f0c9be2--\r\n"));
    }
}
