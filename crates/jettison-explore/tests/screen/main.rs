//! The screen as a person sees it, on ratatui's test backend.

mod keys;
mod screen_of;
mod walks;
