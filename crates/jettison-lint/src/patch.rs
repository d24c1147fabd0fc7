//! Unified diffs.

use std::fmt::Write as _;

use jettison_dockerfile::Edit;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Cells of the comparison table: larger files' changed parts are shown as replaced whole.
const MAX_CELLS: usize = 4_000_000;

/// What happens to a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Remove,
    Add,
}

/// The change from `old` to `new` as a patch for the file `path`; empty when there is none.
pub fn unified_diff(path: &str, old: &str, new: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let steps = steps(&old, &new);
    if steps.iter().all(|step| *step == Step::Keep) {
        return String::new();
    }
    let mut text = format!("--- {}\n+++ {}\n", quoted("a/", path), quoted("b/", path));
    for hunk in hunks(&steps) {
        write_hunk(&mut text, &steps, hunk, (&old, &new));
    }
    text
}

/// A name in a patch's header: between quotes, as git writes it, where it holds what would end it or the line.
fn quoted(prefix: &str, path: &str) -> String {
    if !path.contains(|one: char| one.is_control() || matches!(one, '"' | '\\')) {
        return format!("{prefix}{path}");
    }
    let mut text = format!("\"{prefix}");
    for character in path.chars() {
        match character {
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '"' | '\\' => text.extend(['\\', character]),
            one if one.is_ascii_control() => {
                write!(text, "\\{:03o}", u32::from(one)).expect("writing to a string succeeds");
            }
            one => text.push(one),
        }
    }
    text.push('"');
    text
}

/// The edits of whole lines that make `new` out of `old`, in order.
pub fn line_edits(old: &str, new: &str) -> Vec<Edit> {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let mut edits: Vec<Edit> = Vec::new();
    let (mut offset, mut i, mut j) = (0, 0, 0);
    let mut is_open = false;
    for step in steps(&old, &new) {
        if step == Step::Keep {
            (offset, i, j, is_open) = (offset + old[i].len(), i + 1, j + 1, false);
            continue;
        }
        if !is_open {
            edits.push(Edit::insert(offset, String::new()));
            is_open = true;
        }
        let edit = edits.last_mut().expect("one was just made, or is open");
        if step == Step::Add {
            edit.text.push_str(new[j]);
            j += 1;
        } else {
            offset += old[i].len();
            edit.end = offset;
            i += 1;
        }
    }
    edits
}

/// The longest common subsequence, by the usual table, between common head and tail.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = (&old[head..], &new[head..]);
    let tail = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&rest.0[..rest.0.len() - tail], &rest.1[..rest.1.len() - tail]);
    let mut steps = vec![Step::Keep; head];
    if a.len().saturating_mul(b.len()) > MAX_CELLS {
        steps.extend(std::iter::repeat_n(Step::Remove, a.len()));
        steps.extend(std::iter::repeat_n(Step::Add, b.len()));
    } else {
        middle(a, b, &mut steps);
    }
    steps.extend(std::iter::repeat_n(Step::Keep, tail));
    steps
}

fn middle(a: &[&str], b: &[&str], steps: &mut Vec<Step>) {
    let width = b.len() + 1;
    let mut table = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            steps.push(Step::Keep);
            (i, j) = (i + 1, j + 1);
        } else if i < a.len()
            && (j == b.len() || table[(i + 1) * width + j] >= table[i * width + j + 1])
        {
            steps.push(Step::Remove);
            i += 1;
        } else {
            steps.push(Step::Add);
            j += 1;
        }
    }
}

/// Ranges of steps that belong together, with their context.
fn hunks(steps: &[Step]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, _) in steps.iter().enumerate().filter(|(_, step)| **step != Step::Keep) {
        let range = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(steps.len());
        match hunks.last_mut() {
            Some(last) if last.end >= range.start => last.end = range.end,
            _ => hunks.push(range),
        }
    }
    hunks
}

fn write_hunk(
    text: &mut String,
    steps: &[Step],
    hunk: std::ops::Range<usize>,
    (old, new): (&[&str], &[&str]),
) {
    let count = |steps: &[Step], other: Step| steps.iter().filter(|step| **step != other).count();
    let before = &steps[..hunk.start];
    let inside = &steps[hunk.clone()];
    let (mut i, mut j) = (count(before, Step::Add), count(before, Step::Remove));
    let (old_count, new_count) = (count(inside, Step::Add), count(inside, Step::Remove));
    // An empty side is named by the line before it.
    let first = |at: usize, length: usize| if length == 0 { at } else { at + 1 };
    let (old_first, new_first) = (first(i, old_count), first(j, new_count));
    writeln!(text, "@@ -{old_first},{old_count} +{new_first},{new_count} @@")
        .expect("writing to a string succeeds");
    for step in inside {
        let (mark, line) = match step {
            Step::Keep => (' ', old[i]),
            Step::Remove => ('-', old[i]),
            Step::Add => ('+', new[j]),
        };
        i += usize::from(*step != Step::Add);
        j += usize::from(*step != Step::Remove);
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh";
        let expected = "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n-h\n+h\n\
            \\ No newline at end of file\n";
        assert_eq!(unified_diff("x", old, new), expected);
        assert_eq!(unified_diff("x", old, old), "");
        assert_eq!(unified_diff("x", "", "a\n"), "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n");
    }

    #[test]
    fn line_edits_make_the_new_text() {
        for (old, new, count) in [
            ("a\nb\nc\n", "a\nX\nc\nd\n", 2),
            ("", "a\n", 1),
            ("a\nb", "a\n", 1),
            ("a\n", "a\n", 0),
            ("a\nb\nc\nd\n", "x\nb\ny\nz\nd\n", 2),
        ] {
            let edits = line_edits(old, new);
            assert_eq!(edits.len(), count, "{old:?} {new:?} {edits:?}");
            let applied = jettison_dockerfile::apply(old.as_bytes(), &edits).expect("they fit");
            assert_eq!(applied, new.as_bytes(), "{old:?}");
        }
    }

    #[test]
    fn odd_names_are_quoted() {
        for (path, header) in [
            ("a b/é", "--- a/a b/é\n+++ b/a b/é\n"),
            ("a\n\"\\\u{1b}", "--- \"a/a\\n\\\"\\\\\\033\"\n+++ \"b/a\\n\\\"\\\\\\033\"\n"),
        ] {
            let patch = unified_diff(path, "a\n", "b\n");
            assert!(patch.starts_with(header), "{patch}");
        }
    }

    #[test]
    fn far_changes_are_apart() {
        let lines = |at: &[usize]| -> String {
            (0..40)
                .map(|n| if at.contains(&n) { "x\n".to_owned() } else { format!("{n}\n") })
                .collect()
        };
        let diff = unified_diff("x", &lines(&[]), &lines(&[3, 30]));
        assert_eq!(diff.matches("@@ -").count(), 2);
    }
}
