//! Figures as people read them.

/// Two decimals below 10, one below 100, none above: about three digits, which is more than
/// these measurements carry. Tiny values keep up to four decimals.
pub fn figure(value: f64) -> String {
    // The bounds are those from which on rounding would add a digit before the point.
    let decimals = match value.abs() {
        magnitude if !magnitude.is_finite() => return "–".to_owned(),
        0.0 => return "0".to_owned(),
        magnitude if magnitude < 0.095 => 4,
        magnitude if magnitude < 9.995 => 2,
        magnitude if magnitude < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// A multiple: `1.62 ×`. Its space, and that of shares and durations, does not break a line.
pub fn times(ratio: f64) -> String {
    format!("{}\u{a0}×", figure(ratio))
}

/// A share in per cent, cut and not rounded up: 99.6 % is not all.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 {
        return "under 1\u{a0}%".to_owned();
    }
    // The addend keeps 0.29 from being 28 %.
    format!("{:.0}\u{a0}%", (percent + 1e-9).floor())
}

/// Nanoseconds in the unit that fits.
pub fn duration(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e3 => format!("{}\u{a0}ns", figure(nanos)),
        nanos if nanos < 1e6 => format!("{}\u{a0}µs", figure(nanos / 1e3)),
        nanos => format!("{}\u{a0}ms", figure(nanos / 1e6)),
    }
}

/// Bytes in the unit that fits.
pub fn bytes(count: u64) -> String {
    let exact = count as f64;
    match count {
        0..1024 => format!("{count}\u{a0}B"),
        1024..1_048_576 => format!("{}\u{a0}KiB", figure(exact / 1024.0)),
        _ => format!("{}\u{a0}MiB", figure(exact / 1_048_576.0)),
    }
}

/// `1 core`, `2 cores`.
pub fn cores(number: usize) -> String {
    match number {
        1 => "1 core".to_owned(),
        _ => format!("{number} cores"),
    }
}

/// `10,000`.
pub fn thousands(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1.00"),
            (1.618, "1.62"),
            (9.999, "10.0"),
            (52.34, "52.3"),
            (124.5, "124"),
            (1234.0, "1234"),
            (0.5, "0.50"),
            (0.0512, "0.0512"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(figure(value), text);
        }
    }

    #[test]
    fn bytes_choose_their_unit() {
        let texts = [0, 1023, 2048, 17_300_000].map(bytes);
        assert_eq!(
            texts,
            ["0\u{a0}B", "1023\u{a0}B", "2.00\u{a0}KiB", "16.5\u{a0}MiB"]
        );
    }

    #[test]
    fn big_numbers_are_set_in_groups_of_three() {
        let texts = [0, 999, 1_000, 10_000, 1_002_003].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "10,000", "1,002,003"]);
    }

    #[test]
    fn a_share_is_never_rounded_up_to_all() {
        assert_eq!(percent(0.999), "99\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.29), "29\u{a0}%");
        assert_eq!(percent(0.004), "under 1\u{a0}%");
        assert_eq!(percent(0.0), "0\u{a0}%");
    }

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(duration(340.0), "340\u{a0}ns");
        assert_eq!(duration(25_700.0), "25.7\u{a0}µs");
        assert_eq!(duration(3.1e6), "3.10\u{a0}ms");
    }
}
