//! Columns as wide as their widest cell, as `docker images` prints them.

/// Rows under a head; three spaces between columns, none behind the last.
pub(crate) fn lines(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = head.iter().map(|title| width(title)).collect();
    for row in rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, column) in cells.zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', column - width(cell) + 3));
        }
        text.truncate(text.trim_end().len());
        text
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows =
            [vec!["a".to_owned(), "1 MB".to_owned()], vec!["名字".to_owned(), "2".to_owned()]];
        assert_eq!(
            super::lines(&["NAME", "SIZE"], &rows),
            ["NAME   SIZE", "a      1 MB", "名字     2"]
        );
    }
}
