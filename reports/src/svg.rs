//! Drawing: shapes with classes (the page's style gives them colour, in light and in dark),
//! scales, and dots by the thousand in few bytes.

use std::fmt::Write as _;

use crate::html::escape;

/// A drawing in the making.
#[derive(Debug)]
pub struct Svg {
    width: f64,
    height: f64,
    label: String,
    body: String,
}

/// Where a text begins at its point.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty drawing; `label` says to those who cannot see it what it shows.
    pub fn new(width: f64, height: f64, label: &str) -> Self {
        Self {
            width,
            height,
            label: label.to_owned(),
            body: String::new(),
        }
    }

    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => "mid",
            Anchor::End => "end",
        };
        let class = format!("{anchor} {class}");
        let (x, y, text) = (short(at.0), short(at.1), escape(text));
        let class = class_of(class.trim());
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\"{class}>{text}</text>"
        ));
    }

    pub fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        let (x, y) = (short(at.0), short(at.1));
        let (w, h) = (short(size.0.max(0.0)), short(size.1.max(0.0)));
        self.push(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{}/>",
            class_of(class)
        ));
    }

    /// A line through `points`.
    pub fn line(&mut self, points: &[(f64, f64)], class: &str) {
        self.path(&line_data(points), class);
    }

    /// Draws what `draw` draws, under the name `id`, for [`Svg::reuse`] to draw it again in other
    /// drawings of the page.
    pub fn shared(&mut self, id: &str, draw: impl FnOnce(&mut Self)) {
        self.push(format_args!("<g id=\"{id}\">"));
        draw(self);
        self.push(format_args!("</g>"));
    }

    /// Draws what another drawing of the page has named `id`.
    pub fn reuse(&mut self, id: &str) {
        self.push(format_args!("<use href=\"#{id}\"/>"));
    }

    /// A dot at each of `points`, at whole pixels: one path of strokes without length, which
    /// round caps make visible.
    pub fn dots(&mut self, points: impl IntoIterator<Item = (f64, f64)>, class: &str) {
        let mut data = String::new();
        let mut pen = (0, 0);
        for (x, y) in points {
            let at = (x.round() as i64, y.round() as i64);
            let (dx, dy) = (at.0 - pen.0, at.1 - pen.1);
            let gap = if dy < 0 { "" } else { " " };
            push(&mut data, format_args!("m{dx}{gap}{dy}h0"));
            pen = at;
        }
        self.path(&data, class);
    }

    fn path(&mut self, data: &str, class: &str) {
        if !data.is_empty() {
            self.push(format_args!("<path d=\"{data}\"{}/>", class_of(class)));
        }
    }

    fn push(&mut self, piece: std::fmt::Arguments<'_>) {
        push(&mut self.body, piece);
    }

    /// The drawing as an element of the page.
    pub fn finish(self) -> String {
        let (w, h, label) = (short(self.width), short(self.height), escape(&self.label));
        let body = self.body;
        format!(
            "<svg viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-label=\"{label}\">{body}</svg>"
        )
    }
}

/// The path through `points`; level and upright pieces have shorter words.
fn line_data(points: &[(f64, f64)]) -> String {
    let mut data = String::new();
    let mut pen: Option<(String, String)> = None;
    for (x, y) in points {
        let (x, y) = (short(*x), short(*y));
        match &pen {
            None => push(&mut data, format_args!("M{x} {y}")),
            Some((_, at)) if *at == y => push(&mut data, format_args!("H{x}")),
            Some((at, _)) if *at == x => push(&mut data, format_args!("V{y}")),
            Some(_) => push(&mut data, format_args!("L{x} {y}")),
        }
        pen = Some((x, y));
    }
    data
}

fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece)
        .expect("writing to a string cannot fail");
}

fn class_of(class: &str) -> String {
    if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    }
}

/// A coordinate to a tenth of a pixel, without a trailing zero.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// How values become places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    logarithmic: bool,
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// A linear scale from zero to a round figure not below `most`.
    pub fn linear(most: f64, range: (f64, f64)) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let step = step(most);
        let top = (most / step).ceil() * step;
        Self {
            logarithmic: false,
            domain: (0.0, top),
            range,
        }
    }

    /// A linear scale over exactly `domain`.
    pub fn exact(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self {
            logarithmic: false,
            domain,
            range,
        }
    }

    /// A logarithmic scale from `least`, with a little room, to `most`.
    pub fn logarithmic(least: f64, most: f64, range: (f64, f64)) -> Self {
        let least = least.max(f64::MIN_POSITIVE);
        let domain = (least / 1.15, most.max(least) * 1.15);
        Self {
            logarithmic: true,
            domain,
            range,
        }
    }

    pub fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// The place of `value`, held within the range.
    pub fn place(&self, value: f64) -> f64 {
        let warp = |x: f64| {
            if self.logarithmic {
                x.max(f64::MIN_POSITIVE).ln()
            } else {
                x
            }
        };
        let (from, to) = (warp(self.domain.0), warp(self.domain.1));
        let share = ((warp(value) - from) / (to - from)).clamp(0.0, 1.0);
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// Round values to write along the axis, three to six of them.
    pub fn ticks(&self) -> Vec<f64> {
        let (from, to) = self.domain;
        if !self.logarithmic {
            let step = step(to - from);
            let count = ((to - from) / step + 1e-9).floor() as u32;
            return (0..=count).map(|at| from + f64::from(at) * step).collect();
        }
        let decades = (from.log10().floor() as i32)..=(to.log10().ceil() as i32);
        let within = |factors: &[f64]| -> Vec<f64> {
            let all = decades
                .clone()
                .flat_map(|e| factors.iter().map(move |f| f * 10f64.powi(e)));
            all.filter(|tick| (from..=to).contains(tick)).collect()
        };
        let powers = within(&[1.0]);
        match powers.len() {
            0..3 => within(&[1.0, 2.0, 5.0]),
            3..=MOST_TICKS => powers,
            // Their names would run into each other.
            _ => powers.into_iter().step_by(2).collect(),
        }
    }
}

/// So many powers of ten have room for their names.
const MOST_TICKS: usize = 5;

/// The round step (1, 2 or 5 times a power of ten) that cuts `length` into three to six parts.
fn step(length: f64) -> f64 {
    let power = 10f64.powf((length / 5.0).log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| length / (factor * power) <= 6.0);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_begins_at_zero_and_ends_at_a_round_figure() {
        let scale = Scale::linear(87.0, (0.0, 100.0));
        assert_eq!(scale.place(0.0), 0.0);
        assert_eq!(scale.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
    }

    #[test]
    fn a_logarithmic_axis_gives_every_factor_the_same_room() {
        let scale = Scale::logarithmic(1.0, 100.0, (0.0, 100.0));
        assert_eq!(scale.ticks(), [1.0, 10.0, 100.0]);
        assert!((scale.place(10.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn of_many_powers_of_ten_every_second_is_named() {
        let scale = Scale::logarithmic(10.0, 2e7, (0.0, 100.0));
        assert_eq!(scale.ticks(), [1e1, 1e3, 1e5, 1e7]);
    }

    #[test]
    fn a_value_of_zero_is_held_at_the_end_of_a_logarithmic_axis() {
        let scale = Scale::logarithmic(0.0, 100.0, (0.0, 100.0));
        assert_eq!(scale.place(0.0), 0.0);
    }

    #[test]
    fn every_axis_has_three_to_seven_ticks() {
        for most in [0.3, 1.0, 1.2, 3.0, 7.0, 99.0, 100.0, 101.0, 359.0, 2e6] {
            let ticks = Scale::linear(most, (0.0, 1.0)).ticks();
            assert!((3..=7).contains(&ticks.len()), "{most}: {ticks:?}");
        }
    }

    #[test]
    fn dots_are_relative_moves_at_whole_pixels() {
        let mut svg = Svg::new(10.0, 10.0, "");
        svg.dots([(1.2, 2.0), (3.0, 1.0), (3.0, 1.0)], "d");
        assert!(
            svg.finish()
                .contains(r#"<path d="m1 2h0m2-1h0m0 0h0" class="d"/>"#)
        );
    }

    #[test]
    fn level_and_upright_lines_are_written_short() {
        let points = [(1.0, 2.0), (5.04, 2.0), (5.0, 9.0), (1.5, 1.0)];
        assert_eq!(line_data(&points), "M1 2H5V9L1.5 1");
    }

    #[test]
    fn text_cannot_break_out_of_its_element() {
        let mut svg = Svg::new(10.0, 10.0, "\"<");
        svg.text((0.0, 0.0), Anchor::Start, "", "Mutex<VecDeque> & co");
        let svg = svg.finish();
        assert!(svg.contains("Mutex&lt;VecDeque&gt; &amp; co") && svg.contains("&quot;&lt;"));
    }
}
