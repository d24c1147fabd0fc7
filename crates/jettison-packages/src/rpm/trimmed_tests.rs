//! Databases that lose a package, in every form that rpm, SQLite and Berkeley DB wrote; see `tests/fixtures/make-forms.sh`.

use std::collections::BTreeMap;

use jettison_rootfs::fixture::TreeBuilder;

use super::{tests::unpacked, *};
use crate::{Databases, Landmarks, Packages, Trimmed};

macro_rules! fixture {
    ($name:literal) => {
        unpacked(include_bytes!(concat!("../../tests/fixtures/", $name, ".gz")))
    };
}

type Files = BTreeMap<&'static str, Vec<u8>>;

/// A database: files by their names.
fn forms() -> Vec<(&'static str, Files)> {
    let lock = (".rpm.lock", Vec::new());
    let sqlite = ("rpmdb.sqlite", fixture!("rpmdb.sqlite"));
    vec![
        ("sqlite", Files::from([sqlite, lock.clone()])),
        (
            "ndb",
            Files::from([
                ("Packages.db", fixture!("Packages.db")),
                ("Index.db", fixture!("Index.db")),
                lock.clone(),
            ]),
        ),
        (
            "berkeley, little",
            Files::from([
                ("Packages", fixture!("Packages-little")),
                ("Name", fixture!("Name-little")),
                ("Basenames", fixture!("Basenames-little")),
                ("Providename", fixture!("Providename-little")),
                ("Conflictname", fixture!("Conflictname-little")),
                ("__db.001", b"a cache of pages".to_vec()),
                lock.clone(),
            ]),
        ),
        (
            "berkeley, big",
            Files::from([
                ("Packages", fixture!("Packages-big")),
                ("Name", fixture!("Name-big")),
                ("Basenames", fixture!("Basenames-big")),
                ("Providename", fixture!("Providename-big")),
                ("Conflictname", fixture!("Conflictname-big")),
                lock,
            ]),
        ),
    ]
}

/// The tree with a database and the programs of some of its packages.
fn tree(files: &Files, programs: &[&str]) -> Tree {
    let with = |tree: TreeBuilder, name: &&str| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x");
    let tree = programs.iter().fold(TreeBuilder::new(), with);
    let add = |tree: TreeBuilder, (name, bytes): (&&str, &Vec<u8>)| {
        tree.file(&format!("/var/lib/rpm/{name}"), 0o644, bytes)
    };
    files.iter().fold(tree, add).build()
}

fn cut(tree: &Tree) -> Databases {
    let packages = Packages::of(tree, &Landmarks::of(tree));
    crate::trimmed(tree, &packages, &|_| true)
}

/// The files after `files` lost the package `epochal`, or why they did not.
fn cut_files(files: &Files) -> Result<Files, String> {
    cut_to(files, &["large", "small"])
}

fn cut_to(files: &Files, programs: &[&str]) -> Result<Files, String> {
    let tree = tree(files, programs);
    let databases = cut(&tree);
    if let [whole] = &databases.whole[..] {
        assert!(databases.trimmed.is_empty());
        return Err(whole.because.clone());
    }
    let mut new = files.clone();
    for Trimmed { rewrites, spent, .. } in databases.trimmed {
        let name = |path: PathId| String::from_utf8_lossy(tree.name(path)).into_owned();
        let spent: Vec<String> = spent.into_iter().map(name).collect();
        new.retain(|file, _| !spent.iter().any(|spent| spent == file));
        for (path, bytes) in rewrites {
            let (_, file) =
                new.iter_mut().find(|(file, _)| **file == name(path)).expect("it was there");
            *file = bytes;
        }
    }
    Ok(new)
}

fn entries_of(files: &Files) -> Vec<Entry> {
    let tree = tree(files, &[]);
    let directory = tree.find(b"/var/lib/rpm").expect("it was made");
    let mut entries = entries(&tree, directory).expect("it is a database").1;
    entries.sort_by_key(|entry| entry.number);
    entries
}

fn name_of(entry: &Entry) -> String {
    let header = Header::parse(&entry.blob).expect("it is a header");
    header.string(Tag::NAME).expect("it has a name")
}

#[test]
fn each_form_loses_what_is_gone_and_nothing_else() {
    for (form, old) in forms() {
        let new = cut_files(&old).unwrap_or_else(|why| panic!("{form}: {why}"));
        let mut expected = entries_of(&old);
        assert_eq!(expected.len(), 3, "{form}");
        expected.retain(|entry| name_of(entry) != "epochal");
        // Headers are what they were, under the numbers that they had.
        assert_eq!(entries_of(&new), expected, "{form}");
        assert_eq!(cut_files(&old).as_ref(), Ok(&new), "{form}: the same bytes each time");
        assert!(new.contains_key(".rpm.lock") && !new.contains_key("__db.001"), "{form}");
        // Nothing of the package is left in any file, in no free page either.
        for (file, bytes) in &new {
            assert_eq!(memchr::memmem::find(bytes, b"epochal"), None, "{form}: {file}");
        }
        let size = |files: &Files| files.values().map(Vec::len).sum::<usize>();
        assert!(size(&new) < size(&old), "{form}");
    }
}

#[test]
fn indexes_lead_to_what_is_left() {
    for (form, old) in forms() {
        let new = cut_files(&old).unwrap_or_else(|why| panic!("{form}: {why}"));
        let entries = entries_of(&new);
        let number = |name: &str| {
            entries.iter().find(|entry| name_of(entry) == name).expect("it is left").number
        };
        let (small, large) = (number("small"), number("large"));
        for (index, tag, key, expected) in [
            ("Name", 1000, "small", vec![small]),
            ("Name", 1000, "epochal", vec![]),
            ("Basenames", 1117, "large", vec![large, large]),
            ("Basenames", 1117, "file-number-2-with-a-long-name", vec![small, large]),
            ("Basenames", 1117, "file-number-120-with-a-long-name", vec![large]),
            ("Providename", 1047, "epochal", vec![]),
            ("Providename", 1047, "small", vec![small]),
            ("Conflictname", 1054, "small", vec![]),
        ] {
            let mut found = match form {
                "sqlite" => sqlite_find(&new["rpmdb.sqlite"], index, key),
                "ndb" => ndb::find(&new["Index.db"], tag, key.as_bytes()),
                _ => berkeley_find(&new[index], key),
            };
            found.sort_unstable();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(found, expected, "{form}: {key} in {index}");
        }
    }
}

fn sqlite_find(file: &[u8], index: &str, key: &str) -> Vec<u32> {
    let mut database = rusqlite::Connection::open_in_memory().expect("there is memory");
    database
        .deserialize_read_exact(rusqlite::MAIN_DB, file, file.len(), true)
        .expect("it is a database");
    let plan = format!("SELECT hnum FROM \"{index}\" WHERE key = ?1");
    let mut statement = database.prepare(&plan).expect("it has this index");
    let rows = statement.query_map([key], |row| row.get(0)).expect("it can be asked");
    rows.map(|row| row.expect("it can be read")).collect()
}

fn berkeley_find(file: &[u8], key: &str) -> Vec<u32> {
    let file = berkeley::File::read(file).expect("it is valid");
    let pair = file.pairs.iter().find(|pair| pair.key == key.as_bytes());
    let items = pair.map(|pair| pair.data.chunks_exact(8)).into_iter().flatten();
    items.filter_map(|item| file.number(item)).collect()
}

#[test]
fn a_log_is_applied_and_goes() {
    let mut old = forms().remove(0).1;
    old.insert("rpmdb.sqlite-wal", fixture!("rpmdb.sqlite-wal"));
    old.insert("rpmdb.sqlite-shm", vec![0; 32768]);
    let mut expected = entries_of(&old);
    let kept = name_of(&expected[0]);
    assert_eq!(expected.len(), 2, "the log takes one out");
    expected.truncate(1);
    let new = cut_to(&old, &[&kept]).expect("the log can be read");
    assert_eq!(new.keys().copied().collect::<Vec<_>>(), [".rpm.lock", "rpmdb.sqlite"]);
    assert_eq!(entries_of(&new), expected);
    // Rows of indexes that no header has any more are gone too.
    let names = ["small", "large", "epochal"];
    let found = names.map(|name| sqlite_find(&new["rpmdb.sqlite"], "Name", name));
    assert_eq!(found.concat(), [expected[0].number]);
}

#[test]
fn what_sqlite_would_run_is_refused() {
    for (sql, word) in [
        (
            "CREATE TRIGGER x AFTER DELETE ON Packages BEGIN DELETE FROM Name; END",
            "x in its schema",
        ),
        ("CREATE VIEW v AS SELECT * FROM Name", "v in its schema"),
        ("CREATE VIRTUAL TABLE f USING fts5(a)", "in its schema"),
        ("CREATE INDEX e ON Name(upper(key))", "e in its schema"),
        ("ALTER TABLE Name ADD COLUMN twice AS (hnum * 2)", "Name in its schema"),
        ("CREATE TABLE notes (text)", "notes has no column hnum"),
        ("ALTER TABLE Packages RENAME TO Others", "Packages"),
    ] {
        let old = fixture!("rpmdb.sqlite");
        let mut database = rusqlite::Connection::open_in_memory().expect("there is memory");
        let plain = sqlite::checkpointed(&old, None).expect("it is valid");
        database
            .deserialize_read_exact(rusqlite::MAIN_DB, &plain[..], plain.len(), false)
            .expect("it is a database");
        database.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let odd = database.serialize(rusqlite::MAIN_DB).expect("there is memory").to_vec();
        let error = sqlite_trimmed::without(&odd, &[1].into()).expect_err(sql).to_string();
        assert!(error.contains(word), "{sql}: {error}");
    }
}

#[test]
fn damage_is_noticed_or_does_no_harm() {
    for (form, old) in forms() {
        let mut noticed = 0;
        for (file, bytes) in &old {
            for at in (0..bytes.len().min(112)).step_by(3).chain((112..bytes.len()).step_by(6007)) {
                let mut damaged = old.clone();
                damaged.get_mut(file).expect("it is there")[at] ^= 0x41;
                match cut_files(&damaged) {
                    Err(_) => noticed += 1,
                    // Of what cannot be read at all nothing is known.
                    Ok(new) if new == damaged => noticed += 1,
                    Ok(new) => {
                        // Whatever was read, the rest of it is there.
                        let tree = tree(&damaged, &["large", "small"]);
                        let packages = Packages::of(&tree, &Landmarks::of(&tree));
                        let gone = packages.iter().filter(|(_, package)| package.files.is_empty());
                        let gone: Vec<_> = gone.map(|(_, package)| package.header).collect();
                        let mut expected = entries_of(&damaged);
                        expected.retain(|entry| !gone.contains(&Some(entry.number)));
                        assert!(entries_of(&new) == expected, "{form}: {file}, byte {at}");
                    }
                }
            }
        }
        assert!(noticed > 20, "{form}: {noticed}");
    }
}

#[test]
fn a_database_that_was_cut_off_stays_whole() {
    for (form, old) in forms() {
        for (file, bytes) in old.iter().filter(|(_, bytes)| bytes.len() > 100) {
            for length in [bytes.len() - 1, bytes.len() / 2, 40] {
                let mut cut_off = old.clone();
                cut_off.get_mut(file).expect("it is there").truncate(length);
                let is_cut_down = cut_files(&cut_off).is_ok_and(|new| new != cut_off);
                assert!(!is_cut_down, "{form}: {file} of {length} bytes");
            }
        }
    }
}

#[test]
fn large_trees_and_hashes_read_as_they_were_written() {
    for (form, mut file) in ["Basenames-little", "Providename-big"].into_iter().zip([
        berkeley::File::read(&fixture!("Basenames-little")).expect("it is valid"),
        berkeley::File::read(&fixture!("Providename-big")).expect("it is valid"),
    ]) {
        for count in [0, 1, 2, 150, 20_000] {
            // Data of all lengths around what fits on a page, and on several.
            let pair = |at: usize| {
                let length = if at.is_multiple_of(97) { at % 9000 } else { at % 64 };
                let key = format!("{}{at:06}", "k".repeat(at % 300)).into_bytes();
                berkeley::Pair { key, data: vec![7; length] }
            };
            file.pairs = (0..count).map(pair).collect();
            file.pairs.sort_by(|one, other| one.key.cmp(&other.key));
            let bytes = file.written().expect("it can be written");
            let mut read = berkeley::File::read(&bytes).expect("it can be read").pairs;
            read.sort_by(|one, other| one.key.cmp(&other.key));
            assert!(read == file.pairs, "{form}: {count}");
        }
        file.pairs = vec![berkeley::Pair { key: vec![b'k'; 5000], data: Vec::new() }];
        assert!(file.written().is_err(), "{form}: such keys are none of rpm's");
    }
}
