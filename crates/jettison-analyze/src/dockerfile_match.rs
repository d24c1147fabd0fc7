//! Which instruction of a Dockerfile made which step of the history.
//!
//! The history begins with that of the base; then come the instructions of the stages that the last one is built on, and
//! its own. Builders rewrite some of what was typed, and a Dockerfile may have changed since. So the two rows are aligned as
//! a whole: in order, each pair by how well it fits.

use jettison_dockerfile::{
    Arguments, Column, Command, Dockerfile, Instruction, Keyword, Stage, StageBase, stages,
};

use crate::{analysis::Place, history::ReadStep};

/// What a Dockerfile says of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matched {
    /// For each step, where its instruction stands.
    pub(crate) places: Vec<Option<Place>>,
    /// The image that the first of the stages is built on.
    pub(crate) base: Option<String>,
}

/// Aligns `steps` with the stage called `target`, or the last one.
pub(crate) fn match_steps(
    name: &str,
    file: &Dockerfile,
    target: Option<&str>,
    steps: &[ReadStep],
) -> Matched {
    let all = stages(file);
    let Some(last) = target_stage(&all, target) else {
        return Matched { places: vec![None; steps.len()], base: None };
    };
    let (instructions, base) = chain(file, &all, last);
    let typed: Vec<Typed> = instructions.iter().map(|one| Typed::of(one, file)).collect();
    let mut places = vec![None; steps.len()];
    for (step, instruction) in align(steps, &typed) {
        places[step] = Some(place(name, file, instructions[instruction]));
    }
    Matched { places, base }
}

fn target_stage<'a>(all: &'a [Stage], target: Option<&str>) -> Option<&'a Stage> {
    let Some(target) = target else { return all.last() };
    let lower = target.to_ascii_lowercase();
    let by_number = || target.parse::<usize>().ok().and_then(|number| all.get(number));
    all.iter().find(|stage| stage.name.as_deref() == Some(&lower)).or_else(by_number)
}

/// The instructions of a stage and of those it is built on, the first ones first; and the image below all.
fn chain<'a>(
    file: &'a Dockerfile,
    all: &[Stage],
    last: &Stage,
) -> (Vec<&'a Instruction>, Option<String>) {
    let mut row = vec![last];
    // A stage is built on an earlier one, so this ends.
    while let Some(StageBase::Stage(index)) = row.last().map(|stage| stage.base) {
        row.push(&all[index]);
    }
    let base = row.last().filter(|stage| stage.base == StageBase::Image);
    let base = base.map(|stage| stage.image.clone()).filter(|image| !image.contains('$'));
    let instructions = row.iter().rev().flat_map(|stage| &file.instructions[stage.body.clone()]);
    (instructions.collect(), base)
}

/// An instruction in the form that histories have.
struct Typed {
    keyword: String,
    text: String,
    /// For COPY and ADD, where to.
    destination: Option<String>,
}

impl Typed {
    fn of(instruction: &Instruction, file: &Dockerfile) -> Self {
        let words = |words: &[jettison_dockerfile::Word]| {
            words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        let text = match &instruction.arguments {
            Arguments::Command(Command::Exec(list)) if instruction.keyword == Keyword::Run => {
                words(list)
            }
            _ => match instruction.script(file.text()) {
                Some(script) if instruction.keyword == Keyword::Run => {
                    script.text.as_str().to_owned()
                }
                _ => instruction.text.as_str().to_owned(),
            },
        };
        let destination = match &instruction.arguments {
            Arguments::Transfer(transfer) => {
                transfer.destination.as_ref().map(|word| word.text.clone())
            }
            _ => None,
        };
        Self { keyword: instruction.keyword.name().to_owned(), text: one_line(&text), destination }
    }

    /// How well a step fits; 0 when it cannot be this one.
    fn fit(&self, step: &ReadStep) -> u32 {
        if self.keyword != step.keyword {
            return 0;
        }
        if self.text == step.arguments {
            return 10;
        }
        if let Some(destination) = &self.destination {
            let last = step.arguments.split(' ').rfind(|word| !word.is_empty());
            return if last == Some(destination) { 7 } else { 1 };
        }
        let (mine, theirs) = (words(&self.text), words(&step.arguments));
        let shared = mine.iter().filter(|word| theirs.contains(word)).count();
        let most = mine.len().max(theirs.len()).max(1);
        let share = u32::try_from(shared * 6 / most).unwrap_or(6);
        // A step of the same kind may be one whose text the builder wrote anew: EXPOSE, HEALTHCHECK, ENV.
        if self.keyword == "RUN" { share } else { 1 + share }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(|letter: char| letter.is_whitespace() || "\"'[],{}:".contains(letter))
        .filter(|word| !word.is_empty())
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Pairs of step and instruction, both ascending, of the greatest sum; of equals, those nearest the end, since it is the
/// beginning that belongs to the base.
fn align(steps: &[ReadStep], typed: &[Typed]) -> Vec<(usize, usize)> {
    let (rows, columns) = (steps.len(), typed.len());
    let width = columns + 1;
    let mut best = vec![0_u32; (rows + 1) * width];
    for row in 1..=rows {
        for column in 1..=columns {
            let fit = typed[column - 1].fit(&steps[row - 1]);
            let with = if fit > 0 { best[(row - 1) * width + column - 1] + fit } else { 0 };
            let without = best[(row - 1) * width + column].max(best[row * width + column - 1]);
            best[row * width + column] = with.max(without);
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (rows, columns);
    while row > 0 && column > 0 {
        let here = best[row * width + column];
        let fit = typed[column - 1].fit(&steps[row - 1]);
        if fit > 0 && here == best[(row - 1) * width + column - 1] + fit {
            pairs.push((row - 1, column - 1));
            (row, column) = (row - 1, column - 1);
        } else if here == best[row * width + column - 1] {
            column -= 1;
        } else {
            row -= 1;
        }
    }
    pairs.reverse();
    pairs
}

fn place(name: &str, file: &Dockerfile, instruction: &Instruction) -> Place {
    let position = |offset| file.lines().position(file.text(), offset, Column::Chars);
    let (start, end) = (position(instruction.span.start), position(instruction.span.end));
    Place {
        file: name.to_owned(),
        line: start.line + 1,
        column: start.column + 1,
        end_line: end.line + 1,
        end_column: end.column + 1,
    }
}

#[cfg(test)]
mod tests {
    use jettison_dockerfile::parse;
    use jettison_image::{History, ImageConfig};

    use super::*;
    use crate::history;

    const DOCKERFILE: &str = "\
FROM golang:1.22 AS build
RUN go build -o /out/app
FROM debian:12 AS runtime
ENV LANG=C.UTF-8
RUN apt-get update \\
    && apt-get install -y curl
FROM runtime
COPY --from=build /out/app /usr/local/bin/
COPY . /srv
RUN chown -R app /srv
EXPOSE 80
CMD [\"app\"]
";

    fn lines(history: &[&str]) -> Vec<Option<usize>> {
        let entries = history.iter().map(|text| History {
            created_by: Some((*text).to_owned()),
            empty_layer: true,
            ..History::default()
        });
        let config = ImageConfig { history: entries.collect(), ..ImageConfig::default() };
        let file = parse(DOCKERFILE.as_bytes());
        let matched = match_steps("Dockerfile", &file, None, &history::read(&config));
        assert_eq!(matched.base.as_deref(), Some("debian:12"));
        matched.places.into_iter().map(|place| place.map(|place| place.line)).collect()
    }

    #[test]
    fn buildkit() {
        let history = [
            "# debian.sh --arch 'amd64' out/ 'bookworm'",
            "CMD [\"bash\"]",
            "ENV LANG=C.UTF-8",
            "RUN /bin/sh -c apt-get update     && apt-get install -y curl # buildkit",
            "COPY /out/app /usr/local/bin/ # buildkit",
            "COPY . /srv # buildkit",
            "RUN /bin/sh -c chown -R app /srv # buildkit",
            "EXPOSE map[80/tcp:{}]",
            "CMD [\"app\"]",
        ];
        let expected =
            [None, None, Some(4), Some(5), Some(8), Some(9), Some(10), Some(11), Some(12)];
        assert_eq!(lines(&history), expected);
    }

    #[test]
    fn the_classic_builder() {
        let history = [
            "/bin/sh -c #(nop) ADD file:6d9c in / ",
            "/bin/sh -c #(nop)  CMD [\"bash\"]",
            "/bin/sh -c #(nop)  ENV LANG=C.UTF-8",
            "/bin/sh -c apt-get update     && apt-get install -y curl",
            "/bin/sh -c #(nop) COPY file:aa in /usr/local/bin/ ",
            "/bin/sh -c #(nop) COPY dir:bb in /srv ",
            "/bin/sh -c chown -R app /srv",
            "/bin/sh -c #(nop)  EXPOSE 80",
            "/bin/sh -c #(nop)  CMD [\"app\"]",
        ];
        let expected =
            [None, None, Some(4), Some(5), Some(8), Some(9), Some(10), Some(11), Some(12)];
        assert_eq!(lines(&history), expected);
    }

    #[test]
    fn a_dockerfile_that_changed_since_still_fits_where_it_can() {
        let history = [
            "CMD [\"bash\"]",
            "RUN /bin/sh -c apt-get update && apt-get install -y curl wget # buildkit",
            "RUN /bin/sh -c useradd app # buildkit",
            "COPY . /srv # buildkit",
            "CMD [\"app\"]",
        ];
        assert_eq!(lines(&history), [None, Some(5), None, Some(9), Some(12)]);
    }
}
