//! Small directories of text files.

use tempfile::TempDir;

/// A temporary directory with these files: path and text.
pub fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in files {
        let path = directory.path().join(path);
        fs_err::create_dir_all(path.parent().expect("it has one")).expect("directories");
        fs_err::write(path, text).expect("the file");
    }
    directory
}
