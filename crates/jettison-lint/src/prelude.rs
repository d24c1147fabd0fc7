//! What rules use.

pub(crate) use jettison_dockerfile::{Arguments, Command as Form, Edit, Keyword};

pub(crate) use crate::{
    finding::message,
    report::Report,
    rule::{Level, Page, Rule, Text},
    shell::{Command, Separator, Word},
    subject::{Item, Run, Subject},
};
