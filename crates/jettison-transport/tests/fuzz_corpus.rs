//! Replays the corpus of the fuzz target `docker_archive` with stable Rust.

#[path = "../../../fuzz/harness/docker_archive.rs"]
mod docker_archive;

use fs_err as fs;

#[test]
fn archives_of_the_corpus_do_no_harm() {
    let mut count = 0;
    let corpus = "../../fuzz/corpus/docker_archive";
    for file in fs::read_dir(corpus).expect("the corpus is in the repository") {
        let path = file.expect("the corpus is readable").path();
        docker_archive::run(&fs::read(path).expect("the corpus is readable"));
        count += 1;
    }
    assert!(count >= 6, "only {count} files; is the corpus whole?");
}
