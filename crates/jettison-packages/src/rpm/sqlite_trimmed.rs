//! Rows of packages that are gone, deleted by SQLite itself.
//!
//! The database is untrusted. It lies in memory, its schema may hold nothing that runs (views, triggers, virtual tables,
//! computed indexes), and what a statement does is counted.

use std::collections::BTreeSet;

use rusqlite::{Connection, MAIN_DB, config::DbConfig, limits::Limit};

use super::trimmed::WhyWhole;

/// Longest text or value; rpm's longest headers have 12 MiB.
const VALUE_BYTES: i32 = 64 << 20;
/// Steps of SQLite's machine between two looks at the count.
const STEPS: i32 = 1 << 20;
/// How often that count may be looked at: the largest databases need a tenth of it.
const LOOKS: u32 = 1000;

const NAME: &str = "rpmdb.sqlite";

/// The database without the rows of these packages, in its tables and indexes, and without the space that they took.
pub(super) fn without(database: &[u8], gone: &BTreeSet<u32>) -> Result<Vec<u8>, WhyWhole> {
    let mut connection = opened(database)?;
    check(&connection)?;
    let tables = tables(&connection)?;
    connection.execute_batch("CREATE TEMP TABLE jettison_gone (hnum INTEGER PRIMARY KEY)")?;
    for number in gone {
        connection.execute("INSERT INTO temp.jettison_gone VALUES (?1)", [number])?;
    }
    for table in &tables {
        let table = table.replace('"', "\"\"");
        // Rows that no package has are left over from some mishap; they go too.
        let delete = format!(
            "DELETE FROM main.\"{table}\" WHERE hnum IN (SELECT hnum FROM temp.jettison_gone) \
             OR hnum NOT IN (SELECT hnum FROM main.\"Packages\")"
        );
        connection.execute(&delete, [])?;
    }
    connection.execute_batch("DROP TABLE temp.jettison_gone; VACUUM main")?;
    Ok(connection.serialize(MAIN_DB)?.to_vec())
}

/// A database in memory, about which nothing is believed.
fn opened(database: &[u8]) -> Result<Connection, WhyWhole> {
    let mut connection = Connection::open_in_memory()?;
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false),
    ] {
        connection.set_db_config(setting, is_on)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES)?;
    let mut looks = 0;
    let is_too_long = move || {
        looks += 1;
        looks > LOOKS
    };
    connection.progress_handler(STEPS, Some(is_too_long))?;
    connection.deserialize_read_exact(MAIN_DB, database, database.len(), false)?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA journal_mode = OFF")?;
    Ok(connection)
}

/// Refuses what is damaged or holds more than tables and plain indexes.
fn check(connection: &Connection) -> Result<(), WhyWhole> {
    let odd = "SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR rootpage = 0 \
               UNION ALL SELECT s.name FROM sqlite_schema s, pragma_index_xinfo(s.name) x WHERE s.type = 'index' AND x.cid = -2 \
               UNION ALL SELECT s.name FROM sqlite_schema s, pragma_table_xinfo(s.name) x WHERE s.type = 'table' AND x.hidden <> 0 \
               LIMIT 1";
    let mut statement = connection.prepare(odd)?;
    if let Some(row) = statement.query([])?.next()? {
        let what = format!("{} in its schema", row.get::<_, String>(0)?);
        return Err(WhyWhole::Unknown { name: NAME.to_owned(), what });
    }
    let said: String =
        connection.query_row("PRAGMA main.integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    Err(WhyWhole::Damaged { name: NAME.to_owned(), what: said })
}

/// The tables of packages and of what points to them; `Packages` is the first.
fn tables(connection: &Connection) -> Result<Vec<String>, WhyWhole> {
    let mut statement = connection.prepare(
        "SELECT name, EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'hnum') FROM sqlite_schema s \
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name <> 'Packages', name",
    )?;
    let rows =
        statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    let mut tables = Vec::new();
    for row in rows {
        let (name, has_number) = row?;
        if !has_number {
            let what = format!("its table {name} has no column hnum");
            return Err(WhyWhole::Unknown { name: NAME.to_owned(), what });
        }
        tables.push(name);
    }
    if tables.first().is_none_or(|first| first != "Packages") {
        let what = "it has no table Packages".to_owned();
        return Err(WhyWhole::Unknown { name: NAME.to_owned(), what });
    }
    Ok(tables)
}
