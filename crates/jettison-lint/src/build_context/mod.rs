//! Which directory a Dockerfile is built from.

mod bake;
mod evidence;
mod files;
mod workflow;

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jettison_dockerfile::Dockerfile;

use evidence::Evidence;

/// Directories above a Dockerfile's own that are looked into where there is no repository that would end them.
const MAX_LEVELS: usize = 4;

/// A build that a file describes. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Build {
    dockerfile: PathBuf,
    context: PathBuf,
}

/// What is known of a directory.
#[derive(Debug, Default)]
struct Known {
    builds: Vec<Build>,
    is_repository: bool,
}

/// Finds build contexts. Each directory is looked into once.
#[derive(Debug, Default)]
pub struct BuildContexts {
    known: Mutex<BTreeMap<PathBuf, Arc<Known>>>,
}

impl BuildContexts {
    /// The directory that the Dockerfile at `path`, which is absolute and says `file`, is built from: the one that the nearest
    /// Compose file, `docker-bake.hcl`, `skaffold.yaml` or GitHub workflow tells, up to the root of the repository. Where none
    /// does, its own directory, or the nearest one above in which all is that it copies. None when it copies something that is
    /// in none of them: then nobody knows.
    pub fn find(&self, path: &Path, file: &Dockerfile) -> Option<PathBuf> {
        let directory = path.parent()?;
        let mut above: Vec<(&Path, Arc<Known>)> = Vec::new();
        for one in directory.ancestors() {
            let known = self.known(one);
            let is_end = known.is_repository;
            above.push((one, known));
            if is_end {
                break;
            }
        }
        // Without a repository nothing says where to end: /home is nobody's context.
        if above.last().is_some_and(|(_, known)| !known.is_repository) {
            above.truncate(MAX_LEVELS + 1);
        }
        let builds = above.iter().flat_map(|(_, known)| &known.builds);
        let told = builds.filter(|build| build.dockerfile == path);
        if let Some(build) = told.into_iter().find(|build| build.context.is_dir()) {
            return Some(build.context.clone());
        }
        let evidence = Evidence::of(file);
        let is_root = above.first().is_some_and(|(_, known)| known.is_repository);
        if is_root || evidence.speaks_for(directory) {
            return Some(directory.to_owned());
        }
        let found = above.iter().skip(1).find(|(one, _)| evidence.is_complete_in(one));
        found.map(|(one, _)| (*one).to_owned())
    }

    fn known(&self, directory: &Path) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(directory) {
            return Arc::clone(known);
        }
        let is_repository = directory.join(".git").exists();
        let mut builds = files::builds(directory);
        if is_repository {
            builds.extend(workflow::builds(directory));
        }
        let known = Arc::new(Known { builds, is_repository });
        all.insert(directory.to_owned(), Arc::clone(&known));
        known
    }
}

/// The build of `dockerfile` in `context`, as a file in `directory` writes them: the context counts from there, the Dockerfile
/// from the context. None where variables or addresses are involved.
fn build(directory: &Path, context: Option<&str>, dockerfile: Option<&str>) -> Option<Build> {
    let context = context.unwrap_or(".");
    let dockerfile = dockerfile.unwrap_or("Dockerfile");
    if ![context, dockerfile].into_iter().all(is_written_out) {
        return None;
    }
    let context = plain(&directory.join(context));
    Some(Build { dockerfile: plain(&context.join(dockerfile)), context })
}

/// Whether a path stands there, and neither a variable nor an address.
fn is_written_out(text: &str) -> bool {
    !text.contains('$') && !is_address(text)
}

fn is_address(text: &str) -> bool {
    text.contains("://") || text.starts_with("git@") || text.starts_with("github.com/")
}

/// `path` without `.` and `..`, as far as its text tells.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            Component::ParentDir if plain.has_root() => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use jettison_testkit::directory;

    use super::*;

    /// The context of `dockerfile` in a repository of `files`, from its root; `?` when nobody knows.
    fn context(files: &[(&str, &str)], dockerfile: &str) -> String {
        let place = directory(files);
        let root = fs_err::canonicalize(place.path()).expect("it is there");
        let path = root.join(dockerfile);
        let source = fs_err::read(&path).expect("the Dockerfile");
        let found = BuildContexts::default().find(&path, &jettison_dockerfile::parse(&source));
        let found = found.map(|found| match found.strip_prefix(&root) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => found.display().to_string(),
        });
        found.unwrap_or_else(|| "?".to_owned())
    }

    const PLAIN: (&str, &str) = ("docker/web/Dockerfile", "FROM a\nCOPY missing /\n");
    const GIT: (&str, &str) = (".git/HEAD", "");

    #[test]
    fn files_that_describe_builds_tell_it() {
        let compose = "services:\n  web:\n    build:\n      context: .\n      dockerfile: docker/web/Dockerfile\n";
        let short = "services: {web: {build: ./docker/web}}\n";
        let above =
            "services: {web: {build: {context: ../.., dockerfile: docker/web/Dockerfile}}}\n";
        let hcl = "variable \"TAG\" { default = \"}\" }\ntarget \"base\" {\n  context = \".\" # here\n}\n\
                   target \"web\" {\n  inherits = [\"base\"]\n  args = { A = \"${TAG}\" }\n  dockerfile = \"docker/web/Dockerfile\"\n}\n";
        let json = r#"{"target": {"web": {"context": "docker", "dockerfile": "web/Dockerfile"}}}"#;
        let skaffold = "build:\n  artifacts:\n  - image: a\n    context: docker\n    docker:\n      dockerfile: web/Dockerfile\n";
        let action = "jobs:\n  a:\n    steps:\n    - uses: docker/build-push-action@v6\n      with:\n        context: .\n        file: docker/web/Dockerfile\n";
        for (name, text, expected) in [
            ("compose.yaml", compose, ""),
            ("docker-compose.dev.yml", compose, ""),
            ("docker-compose.yml", short, "docker/web"),
            ("docker/web/compose.yml", above, ""),
            ("docker-bake.hcl", hcl, ""),
            ("docker-bake.json", json, "docker"),
            ("skaffold.yaml", skaffold, "docker"),
            (".github/workflows/ci.yml", action, ""),
        ] {
            assert_eq!(context(&[GIT, PLAIN, (name, text)], PLAIN.0), expected, "{name}");
        }
    }

    #[test]
    fn the_nearest_file_counts_and_what_is_not_known_is_passed_over() {
        let root = "services: {web: {build: {context: docker, dockerfile: web/Dockerfile}}}\n";
        let near = "services: {web: {build: {context: ., dockerfile: web/Dockerfile}}}\n";
        assert_eq!(
            context(&[GIT, PLAIN, ("compose.yml", root), ("docker/compose.yml", near)], PLAIN.0),
            "docker"
        );
        for odd in [
            "services: {web: {build: {context: \"${DIR}\", dockerfile: docker/web/Dockerfile}}}\n",
            "services: {web: {build: {context: nowhere, dockerfile: ../docker/web/Dockerfile}}}\n",
            "services: {web: {build: {context: ., dockerfile: other/Dockerfile}}}\n",
            "services: [",
            "",
        ] {
            assert_eq!(context(&[GIT, PLAIN, ("compose.yml", odd)], PLAIN.0), "?", "{odd}");
        }
    }

    #[test]
    fn without_such_a_file_what_is_copied_tells() {
        let file = (
            "docker/Dockerfile",
            "FROM a\nARG V\nCOPY --from=b /x /\nADD https://e.org/a /\nCOPY ./package.json src/ $V *.c /\nCOPY . .\n",
        );
        let (package, source) = (("package.json", "{}"), ("src/a.js", ""));
        assert_eq!(context(&[GIT, file, package, source], file.0), "", "all is above");
        assert_eq!(context(&[GIT, file, package], file.0), "?", "a part is above");
        assert_eq!(context(&[file, package, source], file.0), "", "without a repository, too");
        assert_eq!(context(&[GIT, file, ("docker/package.json", "{}")], file.0), "docker");
        assert_eq!(context(&[GIT, file, ("docker/.dockerignore", "")], file.0), "docker");
        let all = ("docker/Dockerfile", "FROM a\nCOPY . .\n");
        assert_eq!(context(&[GIT, all], all.0), "docker", "nothing speaks against it");
        let root = ("Dockerfile", "FROM a\nCOPY target/app.jar /\n");
        assert_eq!(context(&[GIT, root], root.0), "", "there is nothing above a repository");
    }
}
