//! The functions of a Go program, which every Go program knows: it prints them when it crashes, stripped or not.
//!
//! Source: `runtime/symtab.go` and `debug/gosym/pclntab.go` of Go 1.16 to 1.25. Older forms are not read.

use crate::machine_code::Program;

/// Functions that are believed; the largest programs (Docker's daemon, Kubernetes) have 200 thousand.
const FUNCTIONS: usize = 1 << 20;
/// Longest name that is believed; generic ones are long.
const NAME_BYTES: usize = 4096;

/// Functions by where they begin.
#[derive(Debug)]
pub(crate) struct GoFunctions<'a> {
    functions: Vec<(u64, &'a str)>,
}

/// The forms of the table by the number that they begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Go 1.16: addresses.
    Absolute,
    /// Go 1.18 and 1.20: distances from the beginning of the code.
    Relative,
}

impl<'a> GoFunctions<'a> {
    /// The functions of a program; nothing if it is not Go's.
    pub(crate) fn of(program: &'a Program) -> Option<Self> {
        const MAGICS: [(&[u8], Form); 3] = [
            (&[0xf1, 0xff, 0xff, 0xff, 0, 0], Form::Relative),
            (&[0xf0, 0xff, 0xff, 0xff, 0, 0], Form::Relative),
            (&[0xfa, 0xff, 0xff, 0xff, 0, 0], Form::Absolute),
        ];
        MAGICS.into_iter().find_map(|(magic, form)| {
            memchr::memmem::find_iter(&program.bytes, magic)
                .find_map(|at| Self::read(program, at, form))
        })
    }

    fn read(program: &'a Program, at: usize, form: Form) -> Option<Self> {
        let bytes = program.bytes.get(at..)?;
        // Size of an instruction's unit, and of a pointer.
        if !matches!(bytes.get(6)?, 1 | 4) || *bytes.get(7)? != 8 {
            return None;
        }
        let header = |index: usize| usize::try_from(long(bytes, 8 + 8 * index)?).ok();
        let count = header(0).filter(|count| (1..FUNCTIONS).contains(count))?;
        let (start, names, table) = match form {
            Form::Relative => (text_start(program, at)?, header(3)?, header(7)?),
            Form::Absolute => (0, header(2)?, header(6)?),
        };
        let names = bytes.get(names..)?;
        let table = bytes.get(table..)?;
        let functions = (0..count)
            .map(|index| {
                let (entry, function) = match form {
                    Form::Relative => (
                        start + u64::from(short(table, 8 * index)?),
                        short(table, 8 * index + 4)? as usize + 4,
                    ),
                    Form::Absolute => (
                        long(table, 16 * index)?,
                        usize::try_from(long(table, 16 * index + 8)?).ok()? + 8,
                    ),
                };
                let name = names.get(short(table, function)? as usize..)?;
                let end = memchr::memchr(0, &name[..name.len().min(NAME_BYTES)])?;
                Some((entry, std::str::from_utf8(&name[..end]).ok()?))
            })
            .collect::<Option<Vec<_>>>()?;
        functions.is_sorted_by_key(|&(entry, _)| entry).then_some(Self { functions })
    }

    /// The name of the function that an address is in.
    pub(crate) fn at(&self, address: u64) -> Option<&'a str> {
        let next = self.functions.partition_point(|&(start, _)| start <= address);
        self.functions.get(next.checked_sub(1)?).map(|&(_, name)| name)
    }

    /// Where the functions begin that a condition holds for.
    pub(crate) fn starts(&self, mut is_meant: impl FnMut(&str) -> bool) -> Vec<u64> {
        self.functions.iter().filter(|(_, name)| is_meant(name)).map(|&(start, _)| start).collect()
    }
}

/// The package in a function's name: `github.com/a/b.(*T).m` is of `github.com/a/b`.
pub(crate) fn package(function: &str) -> &str {
    let plain = function.split('[').next().unwrap_or_default();
    let last = plain.rfind('/').map_or(0, |slash| slash + 1);
    let end = plain[last..].find('.').map_or(plain.len(), |dot| last + dot);
    &plain[..end]
}

/// Where the code begins: the third word of the header, which the loader sets in a program that can be loaded anywhere.
fn text_start(program: &Program, at: usize) -> Option<u64> {
    program.pointer(program.address(at + 8 + 8 * 2)?).filter(|&start| start != 0)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
pub(crate) mod fixture {
    /// The table of Go 1.20 of functions that begin at distances from `start`.
    pub(crate) fn table(start: u64, functions: &[(u32, &str)]) -> Vec<u8> {
        const HEADER: usize = 8 + 8 * 8;
        let mut names = Vec::new();
        let mut places = Vec::new();
        for (_, name) in functions {
            places.push(u32::try_from(names.len()).expect("few"));
            names.extend(name.as_bytes());
            names.push(0);
        }
        let mut out = vec![0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
        let table = HEADER + names.len();
        for word in [functions.len() as u64, 0, start, HEADER as u64, 0, 0, 0, table as u64] {
            out.extend(word.to_le_bytes());
        }
        out.extend(&names);
        let first = 8 * functions.len() + 4;
        for (index, (entry, _)) in functions.iter().enumerate() {
            out.extend(entry.to_le_bytes());
            out.extend(u32::try_from(first + 8 * index).expect("few").to_le_bytes());
        }
        out.extend(u32::MAX.to_le_bytes());
        for ((entry, _), place) in functions.iter().zip(places) {
            out.extend(entry.to_le_bytes());
            out.extend(place.to_le_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::machine_code::fixture::program;

    #[test]
    fn functions_are_found_by_address() {
        let table = fixture::table(0x1000, &[(0, "main.main"), (0x20, "a.b/c.(*T).m")]);
        let bytes = program(62, &[0; 64], &table);
        let tree = TreeBuilder::new().file("/x", 0o755, &bytes).build();
        let id = tree.inode_id(tree.find(b"/x").expect("it was made"));
        let program = Program::read(&tree, id).expect("it is a program");
        let functions = GoFunctions::of(&program).expect("it has a table");
        assert_eq!(functions.at(0xfff), None);
        assert_eq!(functions.at(0x101f), Some("main.main"));
        assert_eq!(functions.at(0x1020), Some("a.b/c.(*T).m"));
        assert_eq!(functions.starts(|name| package(name) == "a.b/c"), [0x1020]);
    }

    #[test]
    fn packages_are_named_before_the_first_dot_of_the_last_part() {
        let cases = [
            ("main.main", "main"),
            ("os/exec.(*Cmd).Start", "os/exec"),
            ("github.com/a/b.c.func1", "github.com/a/b"),
            ("main.run[go.shape.a/b.C]", "main"),
            ("odd", "odd"),
        ];
        for (function, expected) in cases {
            assert_eq!(package(function), expected, "{function}");
        }
    }
}
