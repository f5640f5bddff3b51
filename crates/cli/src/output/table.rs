//! Tables with a header.

use super::{Style, visible};
use unicode_width::UnicodeWidthStr;

/// The spaces between two columns.
const GAP: usize = 2;
/// Texts are cut to this width before ids are left out.
const READABLE: usize = 16;
/// The least width to which a text is cut.
const LEAST: usize = 8;
/// Marks the end of a cut text.
const MORE: &str = "…";

/// A table that is printed while its rows arrive. A column is as wide as its widest text so far. On a terminal, texts
/// are cut to fit its width.
pub struct Table {
    style: Style,
    room: Option<usize>,
    ids: Ids,
    columns: Vec<Column>,
    has_header: bool,
    is_begun: bool,
}

/// The reason why a table has ids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// They are among the default columns.
    Usual,
    /// They were requested.
    Asked,
}

/// The columns that may be narrowed.
#[derive(Clone, Copy)]
enum Shrunk {
    Texts,
    TextsAndIds,
}

struct Column {
    header: String,
    is_id: bool,
    /// The width of the widest text so far.
    natural: usize,
    /// The width that the terminal has room for.
    width: usize,
    is_left_out: bool,
}

impl Table {
    /// A table of columns with these headers. Columns with ids are dimmed. `room` is the width of the terminal, if
    /// there is one.
    pub fn new(
        style: Style,
        room: Option<usize>,
        has_header: bool,
        ids: Ids,
        headers: impl Iterator<Item = (String, bool)>,
    ) -> Self {
        let column = |(header, is_id): (String, bool)| Column {
            natural: if has_header { header.width() } else { 0 },
            width: 0,
            is_left_out: false,
            header: visible(&header).into_owned(),
            is_id,
        };
        Table { style, room, ids, columns: headers.map(column).collect(), has_header, is_begun: false }
    }

    /// The lines of further rows, after the header before the first ones.
    pub fn lines(&mut self, rows: &[Vec<String>]) -> String {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|text| visible(text).into_owned()).collect()).collect();
        for row in &rows {
            for (column, text) in self.columns.iter_mut().zip(row) {
                column.natural = text.width().max(column.natural);
            }
        }
        self.fit();
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let mut lines = String::new();
        if is_first && self.has_header {
            lines +=
                &self.line(self.columns.iter().map(|column| column.header.as_str()), |_, text| self.style.bold(text));
        }
        for row in &rows {
            let paint = |is_id: bool, text: &str| if is_id { self.style.dim(text) } else { text.to_owned() };
            lines += &self.line(row.iter().map(String::as_str), paint);
        }
        lines
    }

    /// Fits the columns into the room. Texts are cut to [`READABLE`], then ids are left out as a whole, since a part of
    /// an id is of no use, then texts are cut to [`LEAST`]. Requested ids are cut last.
    fn fit(&mut self) {
        if self.shrink(Shrunk::Texts, READABLE) > 0 && self.ids == Ids::Usual && !self.is_begun {
            self.columns.iter_mut().for_each(|column| column.is_left_out = column.is_id);
        }
        if self.shrink(Shrunk::Texts, LEAST) > 0 {
            self.shrink(Shrunk::TextsAndIds, LEAST);
        }
    }

    /// Narrows the widest columns until the table fits. Returns the width that is still too much. No column gets
    /// narrower than its header, or than `least`.
    fn shrink(&mut self, shrunk: Shrunk, least: usize) -> usize {
        let mut columns: Vec<&mut Column> = self.columns.iter_mut().filter(|column| !column.is_left_out).collect();
        let gaps = GAP * columns.len().saturating_sub(1);
        let all: usize = columns.iter().map(|column| column.natural).sum::<usize>() + gaps;
        columns.iter_mut().for_each(|column| column.width = column.natural);
        let mut over = self.room.map_or(0, |room| all.saturating_sub(room));
        let of_ids: &[bool] = match shrunk {
            Shrunk::Texts => &[false],
            Shrunk::TextsAndIds => &[false, true],
        };
        for of_ids in of_ids {
            while over > 0 {
                let gives = |column: &&mut &mut Column| {
                    column.is_id == *of_ids && column.width > least.max(column.header.width())
                };
                let Some(widest) = columns.iter_mut().filter(gives).max_by_key(|column| column.width) else { break };
                widest.width -= 1;
                over -= 1;
            }
        }
        over
    }

    /// Whether ids were left out because there was no room.
    pub fn leaves_out_ids(&self) -> bool {
        self.columns.iter().any(|column| column.is_left_out)
    }

    fn line<'t>(&self, texts: impl Iterator<Item = &'t str>, paint: impl Fn(bool, &str) -> String) -> String {
        let mut line = String::new();
        let mut gap = 0;
        for (column, text) in self.columns.iter().zip(texts).filter(|(column, _)| !column.is_left_out) {
            let text = cut(text, column.width);
            // No spaces after the last text of a line.
            if !text.is_empty() {
                line.push_str(&" ".repeat(gap));
                line.push_str(&paint(column.is_id, &text));
                gap = 0;
            }
            gap += column.width - text.width() + GAP;
        }
        line + "\n"
    }
}

/// The text, cut to this width.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(MORE.width());
    let ends = text.char_indices().map(|(at, _)| at).rev();
    let begin = ends.filter_map(|end| text.get(..end)).find(|begin| begin.width() <= room).unwrap_or_default();
    // A joiner at the end would combine with the mark.
    begin.trim_end_matches(['\u{200d}', ' ']).to_owned() + MORE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[&str; 3]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    const PLAIN: Style = Style { colours: false };
    const COLOURED: Style = Style { colours: true };

    fn of(style: Style, room: Option<usize>) -> Table {
        let headers =
            [("ID", true), ("NAME", false), ("NOTE", false)].map(|(header, is_id)| (header.to_owned(), is_id));
        Table::new(style, room, true, Ids::Asked, headers.into_iter())
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let texts = rows(&[["1", "夜勤", "x"], ["22", "Zoë\n", ""], ["", "", "שלום"]]);
        assert_eq!(of(PLAIN, None).lines(&texts), "ID  NAME   NOTE\n1   夜勤   x\n22  Zoë\\n\n           שלום\n");
        let coloured = of(COLOURED, None).lines(&texts);
        let first: Vec<&str> = coloured.lines().take(2).collect();
        assert_eq!(first, ["\x1b[1mID\x1b[0m  \x1b[1mNAME\x1b[0m   \x1b[1mNOTE\x1b[0m", "\x1b[2m1\x1b[0m   夜勤   x"]);
    }

    #[test]
    fn later_rows_stand_below_the_first_ones() {
        let mut table = of(PLAIN, None);
        assert_eq!(table.lines(&rows(&[["1", "Ann", "x"]])), "ID  NAME  NOTE\n1   Ann   x\n");
        assert_eq!(table.lines(&rows(&[["2", "Bartholomew", "y"]])), "2   Bartholomew  y\n");
        assert_eq!(table.lines(&rows(&[["3", "Cy", "z"]])), "3   Cy           z\n");
    }

    #[test]
    fn what_has_no_room_is_cut() {
        let texts = rows(&[["0123456789", "Bartholomew the Great", "夜勤夜勤夜勤夜勤"]]);
        for (room, expected) in [
            (60, "0123456789  Bartholomew the Great  夜勤夜勤夜勤夜勤"),
            (40, "0123456789  Bartholomew…   夜勤夜勤夜勤…"),
            (30, "0123456789  Barthol…  夜勤夜…"),
            (24, "0123456…  Barthol…  夜勤夜…"),
        ] {
            let lines = of(PLAIN, Some(room)).lines(&texts);
            assert_eq!(lines.lines().nth(1), Some(expected), "{room}");
        }
        let headers =
            [("ID", true), ("NAME", false), ("NOTE", false)].map(|(header, is_id)| (header.to_owned(), is_id));
        for (room, expected) in [
            (48, "0123456789  Bartholomew the G…  夜勤夜勤夜勤夜勤"),
            (44, "Bartholomew the Great  夜勤夜勤夜勤夜勤"),
            (30, "Bartholomew t…  夜勤夜勤夜勤…"),
            (12, "Barthol…  夜勤夜…"),
        ] {
            let mut table = Table::new(PLAIN, Some(room), true, Ids::Usual, headers.clone().into_iter());
            assert_eq!(table.lines(&texts).lines().nth(1), Some(expected), "{room}");
            assert_eq!(table.leaves_out_ids(), room < 46);
        }
        assert_eq!(cut("Mallory 👩\u{200d}🚒!", 10), "Mallory…");
    }
}
