//! `cargo xtask bench --chart FIGURES PICTURE`: what operations cost at growing sizes, drawn as SVG.
//!
//! The figures are lines of JSON, `{"operation":"group by id","size":10000,"ns":1500}`, as the benchmark `scaling` of
//! the core prints them. Both axes are logarithmic: what costs the same at each size is level, and what is proportional
//! to the size is parallel to the dotted lines. The picture follows the light or dark preference of its viewer.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

const LEFT: f64 = 64.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 44.0;
const PLOT_WIDTH: f64 = 520.0;
/// The least height of the plot. More labels make it higher.
const PLOT_HEIGHT: f64 = 460.0;
/// Between the plot and the labels, for lines that lead to them.
const LEAD: f64 = 36.0;
/// The distance of labels, and the width of one of their characters at most.
const LABEL_GAP: f64 = 16.0;
const CHARACTER: f64 = 6.8;
/// The styles of operations: colours that can be seen on light and on dark, then the same with dashes.
const COLOURS: [&str; 8] = ["#2f81f7", "#d9822b", "#2da44e", "#bf4bd6", "#d1344f", "#1a9c9c", "#8a7a1f", "#7a6ff0"];
const DASHES: [&str; 3] = ["none", "7 3", "2 3"];
const STYLE: &str = "
  .back { fill: #ffffff } .text { fill: #1f2328 } .faint { fill: #59636e } .grid { stroke: #d1d9e0 }
  .slope { stroke: #afb8c1; stroke-dasharray: 1 4 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .text { fill: #f0f6fc } .faint { fill: #9198a1 } .grid { stroke: #2b323b }
    .slope { stroke: #59636e }
  }
";

/// An operation with its costs in ns, by size.
struct Operation {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Draws the figures of one file into another.
pub fn run(figures: &Path, picture: &Path) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(figures).map_err(|cause| format!("{}: {cause}", figures.display()))?;
    let drawn = draw(&text).map_err(|cause| format!("{}: {cause}", figures.display()))?;
    Ok(std::fs::write(picture, drawn).map_err(|cause| format!("{}: {cause}", picture.display()))?)
}

fn draw(figures: &str) -> Result<String, String> {
    let mut operations = read(figures)?;
    // From the top of the picture to the bottom, by the cost at the largest size.
    operations.sort_by(|a, b| b.last().1.total_cmp(&a.last().1));
    let points = || operations.iter().flat_map(|operation| &operation.points);
    let x = Axis::new(points().map(|point| point.0)).ok_or("no figures")?;
    let y = Axis::new(points().map(|point| point.1)).ok_or("no figures")?.to_decades();

    let height = PLOT_HEIGHT.max(operations.len() as f64 * LABEL_GAP);
    let at = |(size, ns): (f64, f64)| (LEFT + x.share(size) * PLOT_WIDTH, TOP + (1.0 - y.share(ns)) * height);
    let labels: Vec<String> = operations.iter().map(|it| format!("{}, {}", it.name, time(it.last().1))).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let right = LEFT + PLOT_WIDTH;
    let (width, full) = (right + LEAD + longest as f64 * CHARACTER + 12.0, TOP + height + BOTTOM);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{full:.0}\" \
         viewBox=\"0 0 {width:.0} {full:.0}\" role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" \
         font-size=\"12\">\n<title>Time of operations by the size of the directory</title>\n<style>{STYLE}</style>\n\
         <rect class=\"back\" width=\"100%\" height=\"100%\"/>\n\
         <clipPath id=\"plot\"><rect x=\"{LEFT}\" y=\"{TOP}\" width=\"{PLOT_WIDTH}\" height=\"{height}\"/></clipPath>\n"
    );
    let mut add = |line: String| writeln!(svg, "{line}").expect("writing to a string cannot fail");
    let text = |class: &str, anchor: &str, (x, y): (f64, f64), text: &str| {
        format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
    };
    let line = |class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)| {
        format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>")
    };
    add(text("faint", "start", (LEFT, TOP - 16.0), "median time; dotted: proportional to the size"));
    add(text("faint", "end", (right, TOP + height + 36.0), "people in the directory"));
    for decade in y.decades() {
        let ((_, top), value) = (at((x.from(), decade)), time(decade));
        add(line("grid", (LEFT, top), (right, top)));
        add(text("faint", "end", (LEFT - 8.0, top + 4.0), &value));
    }
    for decade in x.decades() {
        let (left, _) = at((decade, y.from()));
        add(line("grid", (left, TOP), (left, TOP + height)));
        add(text("faint", "middle", (left, TOP + height + 18.0), &count(decade)));
    }
    add("<g clip-path=\"url(#plot)\">".to_owned());
    for decade in y.decades() {
        add(line("slope", at((x.from(), decade)), at((x.to(), decade * x.to() / x.from()))));
    }
    add("</g>".to_owned());

    let ends: Vec<f64> = operations.iter().map(|operation| at(operation.last()).1).collect();
    let places = spread(&ends, LABEL_GAP, TOP, TOP + height);
    for (number, ((operation, label), place)) in operations.iter().zip(&labels).zip(places).enumerate() {
        let colour = COLOURS.get(number % COLOURS.len()).copied().unwrap_or_default();
        let dashes = DASHES.get(number / COLOURS.len() % DASHES.len()).copied().unwrap_or_default();
        let stroke = format!("fill=\"none\" stroke=\"{colour}\"");
        let path: Vec<String> =
            operation.points.iter().map(|&point| at(point)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        add(format!(
            "<polyline {stroke} stroke-width=\"2\" stroke-dasharray=\"{dashes}\" points=\"{}\"/>",
            path.join(" ")
        ));
        for (x, y) in operation.points.iter().map(|&point| at(point)) {
            add(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{colour}\"/>"));
        }
        let (x, y) = at(operation.last());
        add(format!(
            "<polyline {stroke} opacity=\"0.6\" points=\"{x:.1},{y:.1} {:.1},{place:.1} {:.1},{place:.1}\"/>",
            right + LEAD - 12.0,
            right + LEAD - 5.0
        ));
        add(text("text", "start", (right + LEAD, place + 4.0), label));
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The operations in the order of their first lines. Of several lines for the same operation and size the last counts.
fn read(figures: &str) -> Result<Vec<Operation>, String> {
    let mut operations: Vec<Operation> = Vec::new();
    for line in figures.lines().filter(|line| !line.trim().is_empty()) {
        let figure: Option<Value> = serde_json::from_str(line).ok();
        let number = |key: &str| figure.as_ref()?.get(key)?.as_f64().filter(|number| *number > 0.0);
        let name = figure.as_ref().and_then(|figure| figure.get("operation")?.as_str());
        let (Some(name), Some(size), Some(ns)) = (name, number("size"), number("ns")) else {
            return Err(format!("not a figure: {line}"));
        };
        let at = operations.iter().position(|operation| operation.name == name);
        match at.and_then(|at| operations.get_mut(at)) {
            Some(operation) => {
                operation.points.retain(|point| point.0 != size);
                operation.points.push((size, ns));
                operation.points.sort_by(|a, b| a.0.total_cmp(&b.0));
            }
            None => operations.push(Operation { name: name.to_owned(), points: vec![(size, ns)] }),
        }
    }
    Ok(operations)
}

impl Operation {
    /// The largest size, and what it costs there.
    fn last(&self) -> (f64, f64) {
        self.points.last().copied().unwrap_or((1.0, 1.0))
    }
}

/// A logarithmic axis, by the decimal logarithms of its ends.
#[derive(Clone, Copy)]
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    /// `None` without values. A single value is given some room.
    fn new(values: impl Iterator<Item = f64> + Clone) -> Option<Axis> {
        let (from, to) = (values.clone().reduce(f64::min)?.log10(), values.reduce(f64::max)?.log10());
        Some(if to - from < 0.01 { Axis { from: from - 0.5, to: to + 0.5 } } else { Axis { from, to } })
    }

    /// The same with whole decades.
    fn to_decades(self) -> Axis {
        Axis { from: self.from.floor(), to: self.to.ceil() }
    }

    fn share(self, value: f64) -> f64 {
        (value.log10() - self.from) / (self.to - self.from)
    }

    fn from(self) -> f64 {
        10f64.powf(self.from)
    }

    fn to(self) -> f64 {
        10f64.powf(self.to)
    }

    /// The powers of ten on it.
    fn decades(self) -> impl Iterator<Item = f64> {
        let ends = ((self.from - 1e-9).ceil() as i32)..=((self.to + 1e-9).floor() as i32);
        ends.map(|exponent| 10f64.powi(exponent))
    }
}

/// Moves ascending places apart until they have this distance, each as little as the others allow, from `first` to
/// `last`.
fn spread(wanted: &[f64], gap: f64, first: f64, last: f64) -> Vec<f64> {
    // Without the distances between them, the places must only ascend. Neighbours that do not are put at their mean.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (number, place) in wanted.iter().enumerate() {
        let mut block = (place - number as f64 * gap, 1);
        while let Some((mean, n)) = blocks.pop_if(|above| above.0 > block.0) {
            block = ((mean * n as f64 + block.0 * block.1 as f64) / (n + block.1) as f64, n + block.1);
        }
        blocks.push(block);
    }
    let end = (last - wanted.len().saturating_sub(1) as f64 * gap).max(first);
    let places = blocks.into_iter().flat_map(|(mean, n)| std::iter::repeat_n(mean.clamp(first, end), n));
    places.enumerate().map(|(number, place)| place + number as f64 * gap).collect()
}

/// A time in the unit that suits it, with two or three digits.
fn time(ns: f64) -> String {
    let units = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
    let fitting = units.iter().rev().find(|(_, size)| ns >= *size);
    let (unit, size) = fitting.unwrap_or(&("ns", 1.0));
    let value = ns / size;
    if value < 9.95 && value.fract() > 0.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A count with commas.
fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_distance_and_stay_inside() {
        for (wanted, expected) in [
            (vec![10.0, 50.0], vec![10.0, 50.0]),
            (vec![50.0, 50.0, 50.0], vec![40.0, 50.0, 60.0]),
            (vec![20.0, 50.0, 52.0], vec![20.0, 46.0, 56.0]),
            (vec![0.0, 1.0, 99.0, 100.0], vec![0.0, 10.0, 90.0, 100.0]),
            (vec![], vec![]),
        ] {
            assert_eq!(spread(&wanted, 10.0, 0.0, 100.0), expected, "{wanted:?}");
        }
    }

    #[test]
    fn a_line_is_drawn_for_each_operation_by_its_last_figures() {
        let figures = r#"
            {"operation":"a < b","size":100,"ns":100}
            {"operation":"flat","size":10,"ns":2000}
            {"operation":"a < b","size":10,"ns":99}
            {"operation":"a < b","size":10,"ns":10}
            {"operation":"flat","size":100,"ns":2000}"#;
        let drawn = draw(figures).expect("figures");
        // From 10 ns at the bottom to 10 µs at the top, 10 people to 100.
        let (bottom, slope) = (TOP + PLOT_HEIGHT, PLOT_HEIGHT / 3.0);
        let rising = format!("points=\"{LEFT:.1},{bottom:.1} {:.1},{:.1}\"", LEFT + PLOT_WIDTH, bottom - slope);
        for part in [&rising, ">a &lt; b, 100 ns<", ">flat, 2 µs<", ">100<", ">10 µs<"] {
            assert!(drawn.contains(part), "{part} in {drawn}");
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for (figures, expected) in [
            ("", "no figures"),
            ("{}", "not a figure: {}"),
            (r#"{"operation":"a","size":0,"ns":1}"#, r#"not a figure: {"operation":"a","size":0,"ns":1}"#),
        ] {
            assert_eq!(draw(figures).err().as_deref(), Some(expected));
        }
    }

    #[test]
    fn times_and_counts_are_readable() {
        let times = [1.0, 99.4, 1500.0, 204_000.0, 18_000_000.0, 2e9].map(time);
        assert_eq!(times, ["1 ns", "99 ns", "1.5 µs", "204 µs", "18 ms", "2 s"]);
        assert_eq!([1.0, 1000.0, 10_000_000.0].map(count), ["1", "1,000", "10,000,000"]);
    }
}
