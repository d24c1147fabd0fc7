//! The screen: where each part of it stands.

use jettison_analyze::format::bytes;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Borders, Clear, Paragraph, Wrap},
};

use crate::{Mode, Model, Pane, Sort, file_lines, words::Word};

/// Whether colours are welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They are.
    On,
    /// They are not: changes are told by signs alone.
    Off,
}

impl Colours {
    /// Text in a colour, if colours are welcome.
    pub(crate) fn style(self, colour: Option<Color>) -> Style {
        match (self, colour) {
            (Self::On, Some(colour)) => Style::new().fg(colour),
            _ => Style::new(),
        }
    }
}

/// Draws the model.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model, colours: Colours) {
    let [main, status] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(1)]).areas(frame.area());
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(40), Constraint::Percentage(60)]).areas(main);
    // Edits take more room than what is known of a file.
    let share = if model.mode == Mode::Waste && model.pane == Pane::Files { 35 } else { 55 };
    let [layers, details] =
        Layout::vertical([Constraint::Percentage(share), Constraint::Percentage(100 - share)])
            .areas(left);
    draw_layers(frame, layers, model, colours);
    draw_details(frame, details, model, colours);
    draw_files(frame, right, model, colours);
    frame.render_widget(Paragraph::new(status_line(model)), status);
    if model.has_help {
        draw_help(frame, main, model);
    }
}

fn block(title: &str, has_keys: bool) -> Block<'static> {
    let style = Style::new().add_modifier(if has_keys { Modifier::BOLD } else { Modifier::DIM });
    Block::new().borders(Borders::ALL).border_style(style).title(format!(" {title} "))
}

pub(crate) fn chosen_style(is_chosen: bool, style: Style) -> Style {
    if is_chosen { style.add_modifier(Modifier::REVERSED) } else { style }
}

fn draw_layers(frame: &mut Frame<'_>, area: Rect, model: &mut Model, colours: Colours) {
    let has_keys = model.pane == Pane::Layers;
    let total = summary(model);
    let block = block(&safe(&model.contents.name), has_keys).title_bottom(format!(" {total} "));
    let shown = model.layers.shown_in(block.inner(area));
    let lines = shown.map(|at| {
        let layer = &model.contents.layers[at];
        let instruction = layer.step.as_ref().map_or("", |step| step.text.as_str());
        let wasted = if layer.wasted == 0 { String::new() } else { bytes(layer.wasted) };
        let base = colours.style(layer.is_base.then_some(Color::DarkGray));
        Line::from(vec![
            Span::styled(format!("{:>3} {:>8} ", at + 1, bytes(layer.bytes)), base),
            Span::styled(format!("{wasted:>8}  "), colours.style(Some(Color::Yellow))),
            Span::styled(safe(instruction), base),
        ])
        .style(chosen_style(at == model.layer(), Style::new()))
    });
    let lines: Vec<Line<'_>> = lines.collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// What the image has and wastes.
fn summary(model: &Model) -> String {
    let contents = &model.contents;
    let layers = contents.layers.len().to_string();
    let total = Word::Total.with(contents.language, &[&bytes(contents.size.now), &layers]);
    let wasted = Word::TotalWaste.with(contents.language, &[&bytes(contents.size.wasted)]);
    format!("{total}, {wasted}")
}

fn draw_details(frame: &mut Frame<'_>, area: Rect, model: &Model, colours: Colours) {
    let edits = Word::Edits.say(model.contents.language);
    let details = model.details();
    let mut is_edit = false;
    let lines = details.iter().map(|line| {
        is_edit |= line == edits;
        let colour = (is_edit
            && line.starts_with("  ")
            && !line.trim_start().starts_with(|digit: char| digit.is_ascii_digit()))
        .then_some(Color::Cyan);
        Line::styled(safe(line), colours.style(colour))
    });
    let lines: Vec<Line<'_>> = lines.collect();
    let details = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(
        details.block(block(Word::Details.say(model.contents.language), false)),
        area,
    );
}

fn draw_files(frame: &mut Frame<'_>, area: Rect, model: &mut Model, colours: Colours) {
    let language = model.contents.language;
    let layer = (model.layer() + 1).to_string();
    let title = match model.mode {
        Mode::Aggregated => Word::TreeAfter.with(language, &[&layer]),
        Mode::Changes => Word::ChangesOf.with(language, &[&layer]),
        Mode::Waste => Word::Waste.say(language).to_owned(),
    };
    let block = block(&title, model.pane == Pane::Files);
    let inner = block.inner(area);
    let shown = model.files.shown_in(inner);
    let lines: Vec<Line<'_>> = if model.files.is_empty() {
        vec![Line::raw(safe(&nothing(model)))]
    } else {
        shown.map(|line| file_lines::line(model, line, inner.width, colours)).collect()
    };
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// Why there is no line.
fn nothing(model: &Model) -> String {
    let language = model.contents.language;
    if !model.filter.is_empty() {
        return Word::NothingMatches.with(language, &[&model.filter]);
    }
    match model.mode {
        Mode::Aggregated => String::new(),
        Mode::Changes => Word::NothingChanged.say(language).to_owned(),
        Mode::Waste => Word::NoWaste.say(language).to_owned(),
    }
}

fn status_line(model: &Model) -> String {
    let language = model.contents.language;
    if !model.message.is_empty() {
        return safe(&model.message);
    }
    if model.is_typing || !model.filter.is_empty() {
        let lines = model.files.len().to_string();
        return Word::Filter.with(language, &[&safe(&model.filter), &lines]);
    }
    let sort = if model.sort == Sort::Name { Word::SortedByName } else { Word::SortedBySize };
    Word::Keys.with(language, &[sort.say(language)])
}

fn draw_help(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let language = model.contents.language;
    let text = Word::HelpText.say(language);
    let lines = u16::try_from(text.lines().count()).expect("help fits on a screen");
    let (width, height) = (72.min(area.width), (lines + 2).min(area.height));
    let popup = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, popup);
    frame.render_widget(Paragraph::new(text).block(block(Word::Help.say(language), true)), popup);
}

/// Names come from images: what would steer the terminal is shown as U+FFFD.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
