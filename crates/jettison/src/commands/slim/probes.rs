//! From arguments to the probes.

use std::path::Path;

use jettison_probe::{
    ApiProbe, ApiSource, ApiSpec, ApiSpecError, Command, FormPolicy, HttpCommand, HttpPlan, Secret,
    parse_exec, read_command_file, read_exec_file, split_prefix,
};
use jettison_slim::Exercise;

use super::{args::ProbeArgs, request::words};
use crate::{
    failure::{Failure, Kind},
    images::input,
};

/// What is done with the running image.
pub(super) fn exercise(args: &ProbeArgs) -> Result<Exercise, Failure> {
    let mut http = HttpPlan {
        off: args.http_probe_off,
        ports: args.http_probe_ports.clone(),
        ..HttpPlan::default()
    };
    http.crawl.depth = args.http_crawl_max_depth;
    http.crawl.pages = args.http_max_crawl_pages;
    if args.http_crawl_no_forms {
        http.forms = FormPolicy::Off;
    }
    for text in &args.http_probe_cmds {
        http.commands.push(text.parse::<HttpCommand>().map_err(|error| input(&error))?);
    }
    for file in &args.http_probe_cmd_file {
        http.commands.extend(read_command_file(file).map_err(|error| input(&error))?);
    }
    for text in &args.http_probe_sockets {
        http.commands.push(HttpCommand::socket(text).map_err(|error| input(&error))?);
    }
    http.apis = apis(args)?;
    http.api_credentials = credentials(&args.http_probe_apispec_auths, &http.apis)?;
    let mut exec: Vec<Command> = args.execs.iter().map(|text| parse_exec(text, &[])).collect();
    for file in &args.exec_files {
        exec.push(read_exec_file(file, &[]).map_err(|error| input(&error))?);
    }
    let others =
        args.also_runs.iter().map(|text| words("--also-run", text)).collect::<Result<_, _>>()?;
    let mut outside = args.host_execs.clone();
    for file in &args.host_exec_files {
        let text = fs_err::read_to_string(file).map_err(|error| input(&error))?;
        let lines = text.lines().map(str::trim);
        let commands = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        outside.extend(commands.map(str::to_owned));
    }
    Ok(Exercise { http, exec, others, outside, then: args.continue_after })
}

/// Descriptions of APIs: those that the app serves, then those on this machine.
fn apis(args: &ProbeArgs) -> Result<Vec<ApiProbe>, Failure> {
    let mut apis = Vec::new();
    for text in &args.http_probe_apispecs {
        apis.push(text.parse().map_err(|error: ApiSpecError| {
            input(&error).hint("a file on this machine is given with --http-probe-apispec-file")
        })?);
    }
    for text in &args.http_probe_apispec_files {
        let (file, prefix) = split_prefix(text);
        let spec = ApiSpec::read(Path::new(file)).map_err(|error| input(&error))?;
        apis.push(ApiProbe { source: ApiSource::Given(spec), prefix });
    }
    Ok(apis)
}

/// `SCHEME=VALUE` and `SCHEME=@FILE`. Where every description is at hand, a name that none of them has is an error.
fn credentials(texts: &[String], apis: &[ApiProbe]) -> Result<Vec<(String, Secret)>, Failure> {
    let mut known = Some(Vec::new());
    for api in apis {
        match &api.source {
            ApiSource::Given(spec) => {
                if let Some(known) = &mut known {
                    known.extend(spec.security_schemes());
                }
            }
            ApiSource::Served { .. } => known = None,
        }
    }
    let mut credentials = Vec::new();
    for text in texts {
        // What stands behind the sign is a secret and not repeated.
        let (name, value) = text
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| input(&ApiSpecError::Credentials(name_of(text))))?;
        if apis.is_empty() {
            return Err(Failure::new(
                Kind::Input,
                format!("--http-probe-apispec-auth {name}: there is no API description"),
            )
            .hint("give one with --http-probe-apispec or --http-probe-apispec-file"));
        }
        if let Some(known) = known.as_ref().filter(|known| !known.iter().any(|known| known == name))
        {
            let problem = format!(
                "--http-probe-apispec-auth {name}: no description has such a security scheme"
            );
            return Err(Failure::new(Kind::Input, problem).hint(match known.as_slice() {
                [] => "the descriptions have none".to_owned(),
                known => format!("there are: {}", known.join(", ")),
            }));
        }
        let secret = match value.strip_prefix('@') {
            Some(file) => {
                fs_err::read_to_string(file).map_err(|error| input(&error))?.trim_end().to_owned()
            }
            None => value.to_owned(),
        };
        credentials.push((name.to_owned(), Secret::new(secret)));
    }
    Ok(credentials)
}

fn name_of(text: &str) -> String {
    text.split('=').next().unwrap_or_default().to_owned()
}
