//! From arguments to what runs beside the image.

use std::{collections::BTreeMap, path::Path};

use jettison_slim::{
    Neighbour, Publish, PublishError, Setup, Surroundings, Wait,
    compose::{self, ComposeOptions, parse_env_file},
};
use jettison_transport::{Places, Source};

use super::args::BesideArgs;
use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::input,
    places,
    terminal::Terminal,
};

/// Ports to publish.
pub(super) fn ports(args: &BesideArgs) -> Result<Vec<Publish>, Failure> {
    let parse = |text: &String| {
        text.parse()
            .map_err(|error: PublishError| Failure::new(Kind::Input, format!("--publish {error}")))
    };
    args.publishes.iter().map(parse).collect()
}

/// What runs beside the image: what the Compose file says, then the images of `--with`.
pub(super) fn surroundings(
    args: &BesideArgs,
    environment: &Environment,
) -> Result<Surroundings, Failure> {
    let mut surroundings = match (&args.compose_file, &args.compose_service) {
        (Some(file), Some(service)) => {
            let options = ComposeOptions {
                file: file.clone(),
                service: service.clone(),
                variables: variables(file, environment)?,
                images: images(&args.compose_images)?,
            };
            compose::surroundings(&options).map_err(|error| input(&error))?
        }
        _ => Surroundings::default(),
    };
    for text in &args.withs {
        let neighbour = neighbour(text)?;
        if surroundings.neighbours.iter().any(|known| known.name == neighbour.name) {
            let problem = format!("--with {text}: {} is there already", neighbour.name);
            return Err(Failure::new(Kind::Input, problem).hint("name it: --with SOURCE=NAME"));
        }
        surroundings.neighbours.push(neighbour);
    }
    for text in &args.with_envs {
        set(&mut surroundings, text)?;
    }
    Ok(surroundings)
}

/// Finds the images that are named and not spelled out, as the fat image is found.
pub(super) fn find_images(
    surroundings: &mut Surroundings,
    places: &Places,
    terminal: &Terminal,
) -> Result<(), Failure> {
    for neighbour in &mut surroundings.neighbours {
        let text = neighbour.source.to_string();
        neighbour.source = places::source(&text, places, terminal).map_err(|failure| {
            failure.hint(format!(
                "{text} is the image of {name}, beside the image: --compose-image {name}=SOURCE names another",
                name = neighbour.name
            ))
        })?;
    }
    Ok(())
}

/// `SOURCE` or `SOURCE=NAME`.
fn neighbour(text: &str) -> Result<Neighbour, Failure> {
    // A name holds no slash, but a path may hold the sign.
    let (source, name) = match text.rsplit_once('=') {
        Some((source, name)) if is_host_name(name) => (source, Some(name.to_owned())),
        _ => (text, None),
    };
    let source: Source = source.parse().map_err(|error| input(&error))?;
    let name = name.or_else(|| file_name(&source)).ok_or_else(|| {
        Failure::new(Kind::Input, format!("--with {text}: it has no name that a host could have"))
            .hint("name it: --with SOURCE=NAME")
    })?;
    Ok(Neighbour { name, aliases: Vec::new(), source, setup: Setup::default(), wait: Wait::Ready })
}

/// The name of an image's file without its endings.
fn file_name(source: &Source) -> Option<String> {
    let text = match source.path() {
        Some(path) => path.file_name()?.to_str()?.to_owned(),
        None => source.to_string(),
    };
    let name = text.rsplit('/').next()?.split([':', '@', '.']).next()?.to_owned();
    is_host_name(&name).then_some(name)
}

/// RFC 1123 section 2.1, and the underscore that Compose permits.
fn is_host_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && !text.starts_with(['-', '.'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// `NAME:VARIABLE=VALUE`. The value may be a secret and is not repeated.
fn set(surroundings: &mut Surroundings, text: &str) -> Result<(), Failure> {
    let shown = text.split('=').next().unwrap_or_default();
    let wrong = |what: &str| Failure::new(Kind::Input, format!("--with-env {shown}: {what}"));
    let expected = "expected NAME:VARIABLE=VALUE";
    let (target, value) = text.split_once('=').ok_or_else(|| wrong(expected))?;
    let (name, variable) = target
        .split_once(':')
        .filter(|(_, variable)| !variable.is_empty())
        .ok_or_else(|| wrong(expected))?;
    let names: Vec<String> = surroundings.neighbours.iter().map(|it| it.name.clone()).collect();
    let neighbour = surroundings.neighbours.iter_mut().find(|it| it.name == name);
    let neighbour = neighbour.ok_or_else(|| {
        wrong("nothing of that name runs beside the image").hint(match names.as_slice() {
            [] => "start something with --with or --compose-file".to_owned(),
            names => format!("there are: {}", names.join(", ")),
        })
    })?;
    neighbour.setup.env.insert(variable.to_owned(), value.to_owned());
    Ok(())
}

fn images(texts: &[String]) -> Result<BTreeMap<String, Source>, Failure> {
    texts
        .iter()
        .map(|text| {
            let (service, source) = text.split_once('=').ok_or_else(|| {
                let problem = format!("--compose-image {text}: expected SERVICE=SOURCE");
                Failure::new(Kind::Input, problem)
            })?;
            Ok((service.to_owned(), source.parse().map_err(|error| input(&error))?))
        })
        .collect()
}

/// What `${NAME}` stands for: the environment, and what the `.env` file beside the Compose file adds.
fn variables(file: &Path, environment: &Environment) -> Result<BTreeMap<String, String>, Failure> {
    let path = file.parent().unwrap_or(Path::new("")).join(".env");
    let mut variables = match fs_err::read_to_string(&path) {
        Ok(text) => parse_env_file(&text, &environment.variables).map_err(|problem| {
            Failure::new(Kind::Input, format!("{}: {problem}", path.display()))
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(input(&error)),
    };
    variables.extend(environment.variables.clone());
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_have_names() {
        for (text, name, source) in [
            ("redis.tar", "redis", "redis.tar"),
            ("/images/redis-7.2.tar.gz", "redis-7", "/images/redis-7.2.tar.gz"),
            ("example.org/cache/redis:7", "redis", "example.org/cache/redis:7"),
            ("redis.tar=cache", "cache", "redis.tar"),
            ("docker-archive:a=b/redis.tar=my_cache", "my_cache", "docker-archive:a=b/redis.tar"),
            ("oci:dir:tag=db", "db", "oci:dir:tag"),
            ("a=b/redis.tar", "redis", "a=b/redis.tar"),
        ] {
            let found = neighbour(text).expect(text);
            assert_eq!(found.name, name, "{text}");
            let expected: Source = source.parse().expect("a source");
            assert_eq!(found.source, expected, "{text}");
        }
        assert!(neighbour("-x.tar").is_err());
    }

    #[test]
    fn values_of_with_env_are_not_repeated() {
        let mut surroundings = Surroundings::default();
        surroundings.neighbours.push(neighbour("db.tar").expect("a neighbour"));
        set(&mut surroundings, "db:PASSWORD=a=b").expect("it is there");
        assert_eq!(surroundings.neighbours[0].setup.env["PASSWORD"], "a=b");
        for text in ["db:PASSWORD", "db=s3cret", "cache:A=s3cret", "db:=s3cret"] {
            let failure = set(&mut surroundings, text).expect_err(text).to_string();
            assert!(!failure.contains("s3cret"), "{failure}");
        }
    }
}
