//! Commands that the code of Go and Rust programs names stay.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use super::shell;
use crate::{
    Level, Rule, Scene, Wants, elf, elf_words,
    go_functions::{GoFunctions, package},
    machine_code::{Literal, Program},
    rule::Page,
    shell_words,
};

/// Keeps programs that compiled code starts by a name which stands in it without an end.
pub(super) struct BinaryCommands;

/// The functions of Go's library, and of its nearest relatives, by which a program starts another.
const GO_STARTS: [&str; 11] = [
    "os/exec.Command",
    "os/exec.CommandContext",
    "os/exec.LookPath",
    "os.StartProcess",
    "syscall.Exec",
    "syscall.ForkExec",
    "syscall.StartProcess",
    "golang.org/x/sys/unix.Exec",
    "golang.org/x/sys/execabs.Command",
    "golang.org/x/sys/execabs.CommandContext",
    "golang.org/x/sys/execabs.LookPath",
];
/// Packages whose own calls of these say nothing about a program.
const GO_LIBRARY: [&str; 6] = [
    "os",
    "os/exec",
    "syscall",
    "internal/syscall/execenv",
    "golang.org/x/sys/unix",
    "golang.org/x/sys/execabs",
];

/// The sources of Rust's `std::process` as panic messages name them, before and after they moved.
const RUST_STARTS: [&str; 3] =
    ["std/src/sys/unix/process/", "std/src/sys/pal/unix/process/", "std/src/sys/process/unix/"];

/// Shells; a literal that names one beside others says that they are command lines.
const SHELLS: [&[u8]; 7] =
    [b"dash", b"sh", b"bash", b"/bin/sh", b"/bin/bash", b"/usr/bin/sh", b"/usr/bin/bash"];
/// Bytes of code between a shell's name and its command line.
const NEAR: u64 = 512;
/// Tables of a Rust program hold names for many purposes: a larger program is not kept for standing in one.
const TABLE_PROGRAM_BYTES: u64 = 256 << 10;

impl Rule for BinaryCommands {
    fn name(&self) -> &'static str {
        "binary-commands"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Programs on the search path that the code of kept Go and Rust programs (64 bits, x86-64 or AArch64) names: for \
                   Go in packages with a function that calls os/exec, for Rust what is passed as an argument, and small programs in tables. Time zones named in the same places.",
            why: "A server in Go or Rust that converts an image, or asks for the date, starts the program only when it is asked to; \
                  its strings have no end, so that the name shows only where code refers to it by address and length.",
            instead: "--no-rule binary-commands; --include-bin for those that are meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        let is_library = scene.tree.name(path).windows(3).any(|part| part == b".so");
        if inode.kind != Kind::File || !inode.is_executable() || is_library {
            return;
        }
        let id = scene.tree.inode_id(path);
        if elf::facts(scene.tree, id).is_none() {
            return;
        }
        let marks: Vec<&str> = RUST_STARTS.into_iter().chain([GO_STARTS[0]]).collect();
        if elf_words::contained(scene.tree, id, &marks).is_empty() {
            return;
        }
        let Some(program) = Program::read(scene.tree, id) else { return };
        let named = match GoFunctions::of(&program) {
            Some(functions) => of_go(&program, &functions),
            None => of_rust(scene, &program),
        };
        for word in &named.words {
            want_named(scene, path, word, wants);
        }
        for zone in &named.zones {
            let zone = format!("/usr/share/zoneinfo/{zone}");
            wants.want_resolved(
                scene,
                zone.as_bytes(),
                Some(path),
                "a time zone for what is started by",
            );
        }
        for line in &named.lines {
            for command in shell_words::commands(line) {
                shell::want_command(scene, Some(path), &command, wants);
            }
        }
    }
}

/// What code names.
#[derive(Debug, Default)]
struct Named {
    /// Words that may be programs.
    words: BTreeSet<String>,
    /// Command lines for a shell.
    lines: BTreeSet<String>,
    /// Names of time zones, which a program hands to those that it starts.
    zones: BTreeSet<String>,
}

impl Named {
    /// Texts of one place in the code: command lines if a shell is named there too.
    fn add(&mut self, literals: &[Literal<'_>]) {
        let shells: Vec<u64> = literals
            .iter()
            .filter(|literal| SHELLS.contains(&literal.text))
            .map(|literal| literal.at)
            .collect();
        for literal in literals {
            let Ok(text) = std::str::from_utf8(literal.text) else { continue };
            if is_word(text) {
                self.words.insert(text.to_owned());
            } else if is_zone(text) {
                self.zones.insert(text.to_owned());
            } else if shells.iter().any(|&shell| shell.abs_diff(literal.at) < NEAR) {
                self.lines.insert(text.to_owned());
            }
        }
    }
}

/// Texts in functions that start programs, or that call those which do, and in the packages of the former.
fn of_go(program: &Program, functions: &GoFunctions<'_>) -> Named {
    let is_own = |name: &&str| !GO_LIBRARY.contains(&package(name));
    let callers = |targets: Vec<u64>| -> BTreeSet<&str> {
        let targets: BTreeSet<u64> = targets.into_iter().collect();
        let calls = program.calls(|target| targets.contains(&target));
        calls.into_iter().filter_map(|(at, _)| functions.at(at)).filter(is_own).collect()
    };
    let direct = callers(functions.starts(|name| GO_STARTS.contains(&name)));
    let packages: BTreeSet<&str> = direct.iter().map(|name| package(name)).collect();
    let indirect = callers(functions.starts(|name| direct.contains(name)));

    let is_asked = |at| {
        functions
            .at(at)
            .is_some_and(|name| packages.contains(package(name)) || indirect.contains(name))
    };
    let mut close = Vec::new();
    let mut named = Named::default();
    program.for_each_literal(is_asked, |literal| {
        let function = functions.at(literal.at).unwrap_or_default();
        if direct.contains(function) || indirect.contains(function) {
            close.push(literal);
        } else if !SHELLS.contains(&literal.text) {
            named.add(&[literal]);
        }
    });
    named.add(&close);
    named
}

/// Texts that are passed as an argument, and small programs in tables. A Rust program does not say which function is which.
fn of_rust(scene: &Scene<'_>, program: &Program) -> Named {
    let mut passed = Vec::new();
    program.for_each_literal(
        |_| true,
        |literal| {
            let is_zone = || std::str::from_utf8(literal.text).is_ok_and(is_zone);
            if literal.is_argument || is_zone() {
                passed.push(literal);
            }
        },
    );
    let mut named = Named::default();
    named.add(&passed);
    let in_tables = program.pairs().into_iter().filter(|text| !SHELLS.contains(text));
    let in_tables = in_tables.filter_map(|text| std::str::from_utf8(text).ok());
    let is_small = |text: &&str| {
        let real = scene.command(text).and_then(|found| scene.find(scene.tree.path(found)));
        real.is_some_and(|real| scene.tree.inode(real).size <= TABLE_PROGRAM_BYTES)
    };
    named.words.extend(in_tables.filter(|text| is_word(text)).filter(is_small).map(str::to_owned));
    named
}

/// Whether a text can be the name of a program or an absolute path to one.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/".contains(&byte))
        && (text.starts_with('/') || !text.contains('/'))
}

/// `Asia/Tokyo`, `America/Argentina/Salta`.
fn is_zone(text: &str) -> bool {
    text.contains('/')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/".contains(&byte))
}

fn want_named(scene: &Scene<'_>, by: PathId, word: &str, wants: &mut Wants) {
    if scene.command(word).is_some() {
        shell::want_program(scene, Some(by), word, wants);
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Level,
        go_functions::fixture::table,
        machine_code::fixture::{call, go_text, program, rust_text},
        rules::fixture::Stage,
    };

    const DATA: u64 = 0x10_0000;
    const X86: u16 = 62;

    fn kept(program: &[u8]) -> Vec<String> {
        let kept = Stage::new(|tree| {
            ["date", "id", "wc", "sort", "false", "git"]
                .iter()
                .fold(tree, |tree, name| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x"))
                .file("/bin/sh", 0o755, b"x")
                .file("/usr/bin/perl", 0o755, &vec![0; 300 << 10])
                .file("/usr/share/zoneinfo/Asia/Tokyo", 0o644, b"x")
                .file("/app", 0o755, program)
        })
        .level(Level::Balanced)
        .read("/app")
        .kept_files();
        kept.into_iter().filter(|path| path != "/app").collect()
    }

    /// A function: its name, the places and lengths of the texts it refers to, the function that it calls.
    type Function<'a> = (&'a str, &'a [(u64, u32)], Option<usize>);

    /// A program of several functions, each 128 bytes long.
    fn go(functions: &[Function<'_>]) -> Vec<u8> {
        let words = b"dateidwcgitshsort x | wc";
        let mut code = Vec::new();
        let mut names = Vec::new();
        for (index, (name, texts, called)) in functions.iter().enumerate() {
            names.push((u32::try_from(index * 128).expect("few"), *name));
            let mut body = Vec::new();
            for &(at, length) in *texts {
                let here = 0x1000 + (index * 128 + body.len()) as u64;
                body.extend(go_text(here, DATA + at, length));
            }
            if let Some(called) = called {
                let here = 0x1000 + (index * 128 + body.len()) as u64;
                body.extend(call(here, 0x1000 + *called as u64 * 128));
            }
            body.resize(128, 0x90);
            code.extend(body);
        }
        let mut data = words.to_vec();
        data.resize(64, 0);
        data.extend(table(0x1000, &names));
        program(X86, &code, &data)
    }

    #[test]
    fn go_programs_name_commands_in_packages_that_start_them() {
        let kept_of = kept(&go(&[
            ("os/exec.Command", &[], None),
            ("main.run", &[], Some(0)),
            ("main.init", &[(0, 4)], None),
            ("a.b/caller.work", &[(4, 2)], Some(1)),
            ("a.b/other.name", &[(8, 3)], None),
        ]));
        assert_eq!(kept_of, ["/usr/bin/date", "/usr/bin/id"]);
        let without_calls =
            kept(&go(&[("os/exec.Command", &[], None), ("main.init", &[(0, 4)], None)]));
        assert_eq!(without_calls, Vec::<String>::new());
    }

    #[test]
    fn command_lines_stand_beside_a_shell() {
        let kept = kept(&go(&[
            ("os/exec.Command", &[], None),
            ("main.run", &[(11, 2), (13, 11)], Some(0)),
            ("main.text", &[(13, 11)], None),
        ]));
        let is_kept = |path: &str| kept.contains(&path.to_owned());
        assert!(
            is_kept("/bin/sh") && is_kept("/usr/bin/sort") && is_kept("/usr/bin/wc"),
            "{kept:?}"
        );
        assert!(!is_kept("/usr/bin/date"), "{kept:?}");
    }

    #[test]
    fn rust_programs_pass_names_or_have_them_in_tables() {
        let mut data = Vec::new();
        for (at, length) in [(32u64, 2u64), (40, 4)] {
            data.extend((DATA + at).to_le_bytes());
            data.extend(length.to_le_bytes());
        }
        data.extend(b"iddatewcperlAsia/Tokyo..");
        let code = [
            rust_text(0x1000, DATA + 34, 4),
            // In another register: the name of something else.
            go_text(0x100c, DATA + 38, 2),
            go_text(0x1018, DATA + 44, 10),
        ]
        .concat();
        assert_eq!(kept(&program(X86, &code, &data)), Vec::<String>::new());
        data.extend(b"library/std/src/sys/unix/process/process_unix.rs");
        assert_eq!(
            kept(&program(X86, &code, &data)),
            ["/usr/bin/date", "/usr/bin/id", "/usr/share/zoneinfo/Asia/Tokyo"]
        );
    }
}
