//! The string constants of a Java class file.
//!
//! Source: The Java Virtual Machine Specification, SE 21, section 4.4 (the constant pool).

/// The texts (`CONSTANT_Utf8`) of a class file's constant pool, as far as they are UTF-8; none if it is no class file.
pub(crate) fn texts(class: &[u8]) -> Vec<&str> {
    parse(class).unwrap_or_default()
}

fn parse(class: &[u8]) -> Option<Vec<&str>> {
    if !class.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) {
        return None;
    }
    let count = u16_at(class, 8)?;
    let mut found = Vec::new();
    let mut at = 10;
    let mut index = 1;
    while index < count {
        let length = match class.get(at)? {
            1 => {
                let length = usize::from(u16_at(class, at + 1)?);
                found.extend(std::str::from_utf8(class.get(at + 3..at + 3 + length)?));
                2 + length
            }
            3 | 4 | 9..=12 | 17 | 18 => 4,
            5 | 6 => {
                // Eight-byte constants take two places in the table (section 4.4.5).
                index += 1;
                8
            }
            7 | 8 | 16 | 19 | 20 => 2,
            15 => 3,
            _ => return None,
        };
        at += 1 + length;
        index += 1;
    }
    Some(found)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().expect("two bytes were taken")))
}

#[cfg(test)]
pub(crate) mod fixture {
    /// The beginning of a class file with these texts, and a long constant among them.
    pub(crate) fn class(texts: &[&str]) -> Vec<u8> {
        let count = u16::try_from(texts.len() + 3).expect("fixtures are small");
        let mut out = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61];
        out.extend(count.to_be_bytes());
        out.extend([5, 0, 0, 0, 0, 0, 0, 0, 1]);
        for text in texts {
            out.push(1);
            out.extend(u16::try_from(text.len()).expect("fixtures are small").to_be_bytes());
            out.extend(text.as_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_and_damage_is_borne() {
        let class = fixture::class(&["java/lang/ProcessBuilder", "id"]);
        assert_eq!(texts(&class), ["java/lang/ProcessBuilder", "id"]);
        for length in 0..class.len() {
            assert_eq!(texts(&class[..length]), Vec::<&str>::new());
        }
        assert_eq!(texts(b"\xca\xfe\xba\xbe\0\0\0\0\0\x05\xff"), Vec::<&str>::new());
    }
}
