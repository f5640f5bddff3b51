//! Rows under a header.

use super::{Style, visible};
use unicode_width::UnicodeWidthStr;

/// A header and rows, each column as wide as its widest text is on a terminal. Columns of ids are dim.
pub fn table<const N: usize>(style: Style, header: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|text| visible(&text).into_owned())).collect();
    let mut widths = header.map(UnicodeWidthStr::width);
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.width().max(*width);
        }
    }
    let line = |texts: [&str; N], paint: &dyn Fn(&str, &str) -> String| {
        let mut line = String::new();
        let mut gap = 0;
        for ((name, text), width) in header.iter().zip(texts).zip(widths) {
            // Nothing stands behind the last text of a line.
            if !text.is_empty() {
                line.push_str(&" ".repeat(gap));
                line.push_str(&paint(name, text));
                gap = 0;
            }
            gap += width - text.width() + 2;
        }
        line + "\n"
    };
    let mut lines = line(header, &|_, text| style.bold(text));
    let cell = |name: &str, text: &str| if name.ends_with("ID") { style.dim(text) } else { text.to_owned() };
    lines.extend(rows.iter().map(|row| line(row.each_ref().map(String::as_str), &cell)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let row = |texts: [&str; 3]| texts.map(str::to_owned);
        let rows = vec![row(["1", "夜勤", "x"]), row(["22", "Zoë\n", ""]), row(["", "", "שלום"])];
        let plain = table(Style { colours: false }, ["ID", "NAME", "NOTE"], rows.clone());
        assert_eq!(plain, "ID  NAME   NOTE\n1   夜勤   x\n22  Zoë\\n\n           שלום\n");
        let coloured = table(Style { colours: true }, ["ID", "NAME", "NOTE"], rows);
        let first: Vec<&str> = coloured.lines().take(2).collect();
        assert_eq!(first, ["\x1b[1mID\x1b[0m  \x1b[1mNAME\x1b[0m   \x1b[1mNOTE\x1b[0m", "\x1b[2m1\x1b[0m   夜勤   x"]);
    }
}
