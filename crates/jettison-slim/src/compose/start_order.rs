//! In which order services are started, and what is waited for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fault, service::Service};
use crate::neighbour::Wait;

/// The services that `main` needs, each behind those that it needs itself, with the most that anybody wants of it.
pub(super) fn of(
    main: &Service,
    services: &BTreeMap<String, Service>,
) -> Result<Vec<(String, Wait)>, Fault> {
    let mut walk = Walk { services, order: Vec::new(), done: BTreeSet::new(), open: Vec::new() };
    for name in main.needs.keys() {
        walk.visit(name)?;
    }
    let wanted = |name: &String| {
        let all = services.values().chain([main]).filter_map(|service| service.needs.get(name));
        all.copied().max_by_key(|wait| strength(*wait)).unwrap_or_default()
    };
    Ok(walk.order.into_iter().map(|name| (name.clone(), wanted(&name))).collect())
}

const fn strength(wait: Wait) -> u8 {
    match wait {
        Wait::Started => 0,
        Wait::Ready => 1,
        Wait::Completed => 2,
    }
}

struct Walk<'a> {
    services: &'a BTreeMap<String, Service>,
    order: Vec<String>,
    done: BTreeSet<String>,
    open: Vec<String>,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str) -> Result<(), Fault> {
        if self.done.contains(name) {
            return Ok(());
        }
        if self.open.iter().any(|open| open == name) {
            let circle = self.open.join(" -> ");
            return Err(Fault::new(
                format!("services.{name}.depends_on"),
                format!("services depend on each other in a circle: {circle} -> {name}"),
            ));
        }
        self.open.push(name.to_owned());
        for needed in self.services[name].needs.keys() {
            self.visit(needed)?;
        }
        self.open.pop();
        self.done.insert(name.to_owned());
        self.order.push(name.to_owned());
        Ok(())
    }
}
