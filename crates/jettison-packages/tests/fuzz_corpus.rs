//! Replays the corpus of the fuzz target `packages` with stable Rust.

#[path = "../../../fuzz/harness/packages.rs"]
mod packages;

use fs_err as fs;

#[test]
fn databases_of_the_corpus_do_no_harm() {
    let mut count = 0;
    for file in fs::read_dir("../../fuzz/corpus/packages").expect("the corpus is in the repository")
    {
        let path = file.expect("the corpus is readable").path();
        packages::run(&fs::read(path).expect("the corpus is readable"));
        count += 1;
    }
    assert!(count >= 12, "only {count} files; is the corpus whole?");
}
