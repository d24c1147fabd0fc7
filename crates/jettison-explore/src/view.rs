//! The screen.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::Line,
    widgets::{Block, Borders, Clear, Paragraph},
};

use crate::{Mode, Model, Node, Pane, Sort, Status};

/// Whether colours are welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They are.
    On,
    /// They are not: changes are told by signs alone.
    Off,
}

const HELP: &str = "\
up/down, j/k, PgUp, PgDn, Home, End   move
Tab            layers <-> files
Enter, Space   open or close a directory
right, left    open; close or go up
a              whole tree <-> only what the layer changed
w              what higher layers hide, the largest first
s              sort by name <-> by size
/              filter by text, or a pattern with * and ?
Esc            no filter
e              copy the file into the current directory
q, Ctrl-C      quit

+ added   ~ modified   - removed";

/// Draws the model.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model, colours: Colours) {
    let [main, status] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(frame.area());
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(38), Constraint::Percentage(62)]).areas(main);
    let [layers, details] =
        Layout::vertical([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(left);
    draw_layers(frame, layers, model);
    draw_details(frame, details, model);
    draw_files(frame, right, model, colours);
    frame.render_widget(Paragraph::new(status_line(model)), status);
    if model.has_help {
        draw_help(frame, main);
    }
}

fn block(title: String, has_keys: bool) -> Block<'static> {
    let style = Style::new().add_modifier(if has_keys { Modifier::BOLD } else { Modifier::DIM });
    Block::new().borders(Borders::ALL).border_style(style).title(title)
}

/// The part of a list that is shown, with the chosen line in it.
fn window(lines: usize, height: usize, chosen: usize) -> std::ops::Range<usize> {
    let start = chosen.saturating_sub(height / 2).min(lines.saturating_sub(height));
    start..(start + height).min(lines)
}

fn chosen_style(is_chosen: bool, style: Style) -> Style {
    if is_chosen { style.add_modifier(Modifier::REVERSED) } else { style }
}

fn draw_layers(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let block = block(format!(" {} ", safe(&model.contents.name)), model.pane == Pane::Layers);
    let inner = block.inner(area);
    let shown = window(model.contents.layers.len(), inner.height.into(), model.layer);
    let lines = shown.map(|at| {
        let layer = &model.contents.layers[at];
        let text = format!("{:>3} {:>9}  {}", at + 1, bytes(layer.bytes), safe(&layer.instruction));
        Line::styled(text, chosen_style(at == model.layer, Style::new()))
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), area);
}

fn draw_details(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let lines = match (model.mode, model.chosen()) {
        (Mode::Waste, _) => {
            model.contents.hidden.get(model.cursor).map_or_else(Vec::new, |hidden| {
                let why = if hidden.is_replaced { "replaced" } else { "deleted" };
                vec![
                    hidden.path.clone(),
                    format!("{} in layer {}", bytes(hidden.bytes), hidden.layer + 1),
                    format!("{why} by a higher layer, stored and pulled all the same"),
                ]
            })
        }
        (_, Some(at)) => model.contents.details(model.layer, at),
        _ => Vec::new(),
    };
    let lines: Vec<Line<'_>> = lines.iter().map(|line| Line::raw(safe(line))).collect();
    let details = Paragraph::new(lines).wrap(ratatui::widgets::Wrap { trim: false });
    frame.render_widget(details.block(block(" details ".to_owned(), false)), area);
}

fn draw_files(frame: &mut Frame<'_>, area: Rect, model: &mut Model, colours: Colours) {
    let title = match model.mode {
        Mode::Aggregated => format!(" tree after layer {} ", model.layer + 1),
        Mode::Changes => format!(" changes of layer {} ", model.layer + 1),
        Mode::Waste => " hidden by higher layers ".to_owned(),
    };
    let block = block(title, model.pane == Pane::Files);
    let inner = block.inner(area);
    model.page = usize::from(inner.height).max(1);
    let shown = window(model.lines(), model.page, model.cursor);
    let line = |at: usize| {
        let is_chosen = at == model.cursor && model.pane == Pane::Files;
        if model.mode == Mode::Waste {
            let hidden = &model.contents.hidden[at];
            let sign = if hidden.is_replaced { '~' } else { '-' };
            let text = format!(
                "{sign} {:>9}  {:>3}  {}",
                bytes(hidden.bytes),
                hidden.layer + 1,
                safe(&hidden.path)
            );
            return Line::styled(text, chosen_style(is_chosen, Style::new()));
        }
        let place = model.rows()[at];
        let nodes = model.nodes().expect("there are rows");
        file_line(&nodes.list()[place as usize], model.is_open(place), is_chosen, colours)
    };
    let lines: Vec<Line<'_>> = shown.map(line).collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn file_line(node: &Node, is_open: bool, is_chosen: bool, colours: Colours) -> Line<'static> {
    let (sign, colour) = match node.status {
        Status::Unchanged => (' ', None),
        Status::Added => ('+', Some(Color::Green)),
        Status::Modified => ('~', Some(Color::Yellow)),
        Status::Removed => ('-', Some(Color::Red)),
    };
    let mark = match (node.is_directory, is_open) {
        (true, true) => "v ",
        (true, false) => "> ",
        (false, _) => "  ",
    };
    let indent = "  ".repeat(usize::from(node.depth).saturating_sub(1));
    let text = format!("{sign} {:>9}  {indent}{mark}{}", bytes(node.bytes), safe(&node.name));
    let colour = colour.filter(|_| colours == Colours::On);
    Line::styled(
        text,
        chosen_style(is_chosen, colour.map_or(Style::new(), |colour| Style::new().fg(colour))),
    )
}

fn status_line(model: &Model) -> String {
    if !model.message.is_empty() {
        return safe(&model.message);
    }
    if model.is_typing || !model.filter.is_empty() {
        return format!("/{}   ({} lines; Esc: no filter)", safe(&model.filter), model.lines());
    }
    let sort = if model.sort == Sort::Name { "name" } else { "size" };
    format!(
        "?: help  Tab: pane  a: changes  w: waste  s: sort ({sort})  /: filter  e: copy out  q: quit"
    )
}

fn draw_help(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = (72.min(area.width), 16.min(area.height));
    let popup = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, popup);
    frame.render_widget(Paragraph::new(HELP).block(block(" help ".to_owned(), true)), popup);
}

/// Names come from images: what would steer the terminal is shown as U+FFFD.
fn safe(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Bytes in decimal units with a digit behind the point.
fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.into_iter().find(|&(_, size)| count >= size) {
        None => format!("{count} B"),
        Some((unit, size)) => format!("{}.{} {unit}", count / size, count % size * 10 / size),
    }
}
