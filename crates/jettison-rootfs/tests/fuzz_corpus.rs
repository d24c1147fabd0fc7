//! Replays the corpus of the fuzz target `tar_index` with stable Rust.

#[path = "../../../fuzz/harness/tar_index.rs"]
mod tar_index;

use fs_err as fs;

#[test]
fn layers_of_the_corpus_do_no_harm() {
    let mut count = 0;
    for file in
        fs::read_dir("../../fuzz/corpus/tar_index").expect("the corpus is in the repository")
    {
        let path = file.expect("the corpus is readable").path();
        tar_index::run(&fs::read(path).expect("the corpus is readable"));
        count += 1;
    }
    assert!(count >= 15, "only {count} files; is the corpus whole?");
}
