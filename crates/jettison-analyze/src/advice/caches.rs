//! Whose cache a path is, and how it is kept out of the layers.

/// A package manager: parts of the paths of its cache, the cache mount, and what cleans up.
struct Manager {
    name: &'static str,
    marks: &'static [&'static str],
    mount: &'static str,
    clean: &'static str,
}

/// Where package managers write down what is installed, and what they make anew whenever something is.
const DATABASES: &[&str] = &[
    "/var/lib/dpkg/",
    "/var/cache/debconf/",
    "/var/lib/apt/extended_states",
    "/etc/ld.so.cache",
    "/var/cache/ldconfig/",
    "/lib/apk/db/",
    "/usr/lib/apk/db/",
    "/var/lib/rpm/",
    "/usr/lib/sysimage/rpm/",
    "/var/lib/dnf/",
];

/// Whether a path is one of those.
pub(super) fn is_database(path: &str) -> bool {
    DATABASES.iter().any(|database| path.starts_with(database))
}

const MANAGERS: &[Manager] = &[
    Manager {
        name: "apt",
        marks: &["/var/cache/apt", "/var/lib/apt/lists"],
        mount: "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \\\n    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install …",
        clean: "    && apt-get clean && rm -rf /var/lib/apt/lists/*",
    },
    Manager {
        name: "apk",
        marks: &["/var/cache/apk", "/etc/apk/cache"],
        mount: "RUN apk add --no-cache …",
        clean: "RUN apk add --no-cache …",
    },
    Manager {
        name: "dnf",
        marks: &[
            "/var/cache/dnf",
            "/var/cache/yum",
            "/var/cache/libdnf5",
            "/var/cache/microdnf",
            "/var/cache/tdnf",
        ],
        mount: "RUN --mount=type=cache,target=/var/cache/dnf,sharing=locked dnf install -y …",
        clean: "    && dnf clean all",
    },
    Manager {
        name: "zypper",
        marks: &["/var/cache/zypp"],
        mount: "RUN --mount=type=cache,target=/var/cache/zypp,sharing=locked zypper install -y …",
        clean: "    && zypper clean --all",
    },
    Manager {
        name: "pacman",
        marks: &["/var/cache/pacman", "/var/lib/pacman/sync"],
        mount: "RUN --mount=type=cache,target=/var/cache/pacman/pkg pacman -Sy --noconfirm …",
        clean: "    && pacman -Scc --noconfirm",
    },
    Manager {
        name: "pip",
        marks: &["/.cache/pip"],
        mount: "RUN --mount=type=cache,target=/root/.cache/pip pip install …",
        clean: "RUN pip install --no-cache-dir …",
    },
    Manager {
        name: "uv",
        marks: &["/.cache/uv"],
        mount: "RUN --mount=type=cache,target=/root/.cache/uv uv sync",
        clean: "RUN uv sync --no-cache",
    },
    Manager {
        name: "poetry",
        marks: &["/.cache/pypoetry"],
        mount: "RUN --mount=type=cache,target=/root/.cache/pypoetry poetry install",
        clean: "    && poetry cache clear --all --no-interaction .",
    },
    Manager {
        name: "pipenv",
        marks: &["/.cache/pipenv"],
        mount: "RUN --mount=type=cache,target=/root/.cache/pipenv pipenv sync",
        clean: "    && rm -rf ~/.cache/pipenv",
    },
    Manager {
        name: "conda",
        marks: &["/conda/pkgs", "/.conda/pkgs"],
        mount: "RUN --mount=type=cache,target=/opt/conda/pkgs conda install -y …",
        clean: "    && conda clean --all --yes",
    },
    Manager {
        name: "npm",
        marks: &["/.npm", "/.cache/node-gyp", "/node_modules/.cache"],
        mount: "RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev",
        clean: "    && npm cache clean --force",
    },
    Manager {
        name: "yarn",
        marks: &["/yarn", "/berry/cache"],
        mount: "RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install --frozen-lockfile",
        clean: "    && yarn cache clean",
    },
    Manager {
        name: "pnpm",
        marks: &["pnpm"],
        mount: "RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm install --frozen-lockfile",
        clean: "    && pnpm store prune",
    },
    Manager {
        name: "gem",
        marks: &["/bundle/cache", "/gems/", "/ruby/", "/.gem", "/.bundle/cache"],
        mount: "RUN --mount=type=cache,target=/usr/local/bundle/cache bundle install",
        clean: "    && rm -rf /usr/local/bundle/cache/*.gem",
    },
    Manager {
        name: "composer",
        marks: &["composer"],
        mount: "RUN --mount=type=cache,target=/root/.composer/cache composer install --no-dev",
        clean: "    && composer clear-cache",
    },
    Manager {
        name: "go",
        marks: &["/pkg/mod", "/go-build"],
        mount: "RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build go build …",
        clean: "    && go clean -cache -modcache",
    },
    Manager {
        name: "cargo",
        marks: &["cargo"],
        mount: "RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target cargo build --release",
        clean: "    && rm -rf /usr/local/cargo/registry",
    },
    Manager {
        name: "maven",
        marks: &["/.m2"],
        mount: "RUN --mount=type=cache,target=/root/.m2 mvn package",
        clean: "    && rm -rf ~/.m2/repository",
    },
    Manager {
        name: "gradle",
        marks: &["/.gradle"],
        mount: "RUN --mount=type=cache,target=/root/.gradle gradle build",
        clean: "    && rm -rf ~/.gradle/caches",
    },
    Manager {
        name: "sbt",
        marks: &["/.ivy2", "/coursier"],
        mount: "RUN --mount=type=cache,target=/root/.cache/coursier sbt assembly",
        clean: "    && rm -rf ~/.ivy2 ~/.cache/coursier",
    },
    Manager {
        name: "nuget",
        marks: &["/.nuget", "/NuGet"],
        mount: "RUN --mount=type=cache,target=/root/.nuget/packages dotnet publish -c Release",
        clean: "    && dotnet nuget locals all --clear",
    },
    Manager {
        name: "ccache",
        marks: &["ccache"],
        mount: "RUN --mount=type=cache,target=/root/.cache/ccache make",
        clean: "    && ccache --clear",
    },
    Manager {
        name: "bazel",
        marks: &["/bazel"],
        mount: "RUN --mount=type=cache,target=/root/.cache/bazel bazel build //…",
        clean: "    && bazel clean --expunge",
    },
    Manager {
        name: "deno",
        marks: &["/deno"],
        mount: "RUN --mount=type=cache,target=/root/.cache/deno deno cache main.ts",
        clean: "    && rm -rf ~/.cache/deno",
    },
];

/// Whose cache a path is.
pub(super) fn manager(path: &str) -> &'static str {
    let is_of = |manager: &&Manager| manager.marks.iter().any(|mark| path.contains(mark));
    MANAGERS.iter().find(is_of).map_or("other", |manager| manager.name)
}

/// The line that keeps a manager's cache in a mount, and the one that removes it.
pub(super) fn lines(name: &str) -> Option<(&'static str, &'static str)> {
    let manager = MANAGERS.iter().find(|manager| manager.name == name)?;
    Some((manager.mount, manager.clean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_have_owners() {
        for (path, expected) in [
            ("/var/cache/apt/archives/x.deb", "apt"),
            ("/root/.cache/pip/http/a", "pip"),
            ("/home/app/.npm/_cacache/x", "npm"),
            ("/go/pkg/mod/x", "go"),
            ("/usr/local/bundle/cache/x.gem", "gem"),
            ("/usr/local/cargo/registry/x", "cargo"),
            ("/elsewhere", "other"),
        ] {
            assert_eq!(manager(path), expected, "{path}");
            assert!(expected == "other" || lines(expected).is_some());
        }
    }
}
