//! How long each stage took.

use std::time::{Duration, Instant};

use crate::report::Stage;

/// Measures one stage after the other.
#[derive(Debug)]
pub(crate) struct Stages {
    done: Vec<Stage>,
    wall: Instant,
    cpu: Duration,
}

impl Stages {
    /// The first stage begins now.
    pub(crate) fn new() -> Self {
        Self { done: Vec::new(), wall: Instant::now(), cpu: process_cpu() }
    }

    /// Ends the stage and begins the next. Stages of the same name are added up.
    pub(crate) fn end(&mut self, name: &str) {
        let (wall, cpu) = (Instant::now(), process_cpu());
        let wall_ms = (wall - self.wall).as_secs_f64() * 1e3;
        let cpu_ms = cpu.saturating_sub(self.cpu).as_secs_f64() * 1e3;
        match self.done.iter_mut().find(|stage| stage.name == name) {
            Some(stage) => {
                stage.wall_ms += wall_ms;
                stage.cpu_ms += cpu_ms;
            }
            None => self.done.push(Stage { name: name.to_owned(), wall_ms, cpu_ms }),
        }
        (self.wall, self.cpu) = (wall, cpu);
    }

    /// The measured stages, in order.
    pub(crate) fn finish(self) -> Vec<Stage> {
        self.done
    }
}

/// CPU time that this process has used, all threads together.
fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}
