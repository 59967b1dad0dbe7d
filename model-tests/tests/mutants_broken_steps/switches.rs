//! All patches in one source: a function that is patched has its body once as it is and once for each patch, and a
//! switch says at run time which of them is run.
//!
//! Nothing here knows Rust's grammar. A body is what stands between a function's braces, and to find these it is enough
//! to know which braces are code.
#![forbid(unsafe_code)]

use std::ops::Range;

use super::Broken;

/// The variable that says which step is broken, by its number among those in the build; none if it is not set.
pub(super) const CHOICE: &str = "LATCHLESS_BROKEN_STEP";

/// The module that the copied library has beside its own.
pub(super) const MODULE: &str = r#"//! Which step is broken in this process.

pub(crate) fn is_chosen(step: usize) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    let chosen = || std::env::var("LATCHLESS_BROKEN_STEP").ok()?.parse().ok();
    *CHOSEN.get_or_init(chosen) == Some(step)
}
"#;

/// How the copied library's root declares [`MODULE`].
pub(super) const DECLARATION: &str = "\nmod broken_steps;\n";

/// The file of [`MODULE`], in the library's root.
pub(super) const FILE: &str = "broken_steps.rs";

/// Where a patch changes its file: what both texts begin and end with stays.
struct Change {
    place: Range<usize>,
    new: &'static str,
}

impl Change {
    /// What `broken` does to `text`.
    fn of(broken: &Broken, text: &str) -> Self {
        let found = text.matches(broken.old).count();
        assert!(
            found == 1,
            "{}: the text to replace stands {found} times in {}",
            broken.claim,
            broken.file
        );
        let begin = text.find(broken.old).expect("it stands there once");
        let (old, new) = (broken.old, broken.new);
        let before = (old.char_indices().zip(new.chars()))
            .find(|((_, old), new)| old != new)
            .map_or(old.len().min(new.len()), |((at, _), _)| at);
        let (old, new) = (&old[before..], &new[before..]);
        let behind = (old.char_indices().rev().zip(new.chars().rev()))
            .find(|((_, old), new)| old != new)
            .map_or(old.len().min(new.len()), |((at, letter), _)| {
                old.len() - at - letter.len_utf8()
            });
        let begin = begin + before;
        Change {
            place: begin..begin + old.len() - behind,
            new: &new[..new.len() - behind],
        }
    }
}

/// `text`, but what is no code, comments, strings and characters, is blank.
fn code_of(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let length = match &bytes[at..] {
            [b'/', b'/', rest @ ..] => 2 + rest.iter().take_while(|&&byte| byte != b'\n').count(),
            [b'"', rest @ ..] => 1 + quoted(rest, b'"'),
            [b'\'', b'\\', rest @ ..] => 2 + quoted(&rest[1..], b'\'') + 1,
            // A lifetime has no second quote, or none so near.
            [b'\'', rest @ ..] => match rest.iter().take(5).position(|&byte| byte == b'\'') {
                Some(end) if text[at + 1..][..end].chars().count() == 1 => end + 2,
                _ => 0,
            },
            _ => 0,
        };
        code[at..at + length].fill(b' ');
        at += length.max(1);
    }
    code
}

/// How long a string is whose opening quote is before `text`, its closing one included.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|&byte| {
        let ends = byte == quote && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.expect("what is quoted ends") + 1
}

/// A function that has a body.
struct Function {
    /// What stands before the word `fn`.
    qualifiers: Range<usize>,
    /// What stands between that word and the body.
    signature: Range<usize>,
    /// From brace to brace, both included.
    body: Range<usize>,
}

/// The functions of a file in their order; those inside of others are parts of these.
fn functions_of(code: &[u8]) -> Vec<Function> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut functions = Vec::new();
    let mut at = 0;
    while let Some(found) = code[at..].windows(3).position(|word| word == b"fn ") {
        let word = at + found;
        at = word + 3;
        if word > 0 && is_name(&code[word - 1]) {
            continue;
        }
        let mut depth = 0;
        let end = code[at..].iter().position(|byte| {
            depth += i32::from(b"([".contains(byte)) - i32::from(b")]".contains(byte));
            depth == 0 && b"{;".contains(byte)
        });
        let signature = at..at + end.expect("a signature ends");
        let open = signature.end;
        at = open + 1;
        if code[open] == b'{' {
            let begin = code[..word].iter().rposition(|byte| b"{};".contains(byte));
            let mut depth = 0;
            let length = code[open..].iter().position(|byte| {
                depth += i32::from(*byte == b'{') - i32::from(*byte == b'}');
                depth == 0
            });
            at = open + length.expect("the braces are balanced") + 1;
            functions.push(Function {
                qualifiers: begin.map_or(0, |begin| begin + 1)..word,
                signature,
                body: open..at,
            });
        }
    }
    functions
}

/// Whether which body is run can be said at run time: the patch is inside of one, which is not run by the compiler, and
/// whose type has a name.
pub(super) fn can_be_chosen(text: &str, broken: &Broken) -> bool {
    let place = Change::of(broken, text).place;
    let code = code_of(text);
    functions_of(&code).iter().any(|function| {
        let qualifiers = &text[function.qualifiers.clone()];
        let returned = (text[function.signature.clone()].rsplit_once(") ->"))
            .map_or("", |(_, returned)| returned.trim_start());
        function.body.start < place.start
            && place.end < function.body.end
            && !qualifiers.trim_end().ends_with("const")
            && !returned.starts_with("impl ")
    })
}

/// `text` with all of `broken` in it, each with its number; all of them can be chosen.
pub(super) fn with_switches(text: &str, broken: &[(usize, &Broken)]) -> String {
    let functions = functions_of(&code_of(text));
    let mut switched = String::new();
    let mut done = 0;
    for Function { body, .. } in functions {
        let original = &text[body.clone()];
        let patched: Vec<String> = (broken.iter())
            .map(|&(step, one)| (step, Change::of(one, text)))
            .filter(|(_, change)| body.start < change.place.start && change.place.end < body.end)
            .map(|(step, Change { place, new })| {
                let (before, behind) = (&text[body.start..place.start], &text[place.end..body.end]);
                format!("if crate::broken_steps::is_chosen({step}) {before}{new}{behind} else ")
            })
            .collect();
        if !patched.is_empty() {
            switched += &text[done..body.start];
            switched += &format!("{{ {}{original} }}", patched.concat());
            done = body.end;
        }
    }
    switched + &text[done..]
}

/// `text` with `broken` in it and no way back.
pub(super) fn with_patch(text: &str, broken: &Broken) -> String {
    let Change { place, new } = Change::of(broken, text);
    [&text[..place.start], new, &text[place.end..]].concat()
}

const SAMPLE: &str = r#"
const fn sum(a: u32, b: u32) -> u32 { a + b }
impl<'a> Thing<'a> {
    fn print(&self) -> char {
        let _ = ("} \" fn no() {", '{', '\'', 'é'); // fn nor() {
        if self.0 { 'a' } else { 'b' }
    }
    fn all(&self) -> impl Iterator<Item = u32> { 1..2 }
    fn later(&self, then: fn(u32) -> u32);
}
"#;

fn sample(old: &'static str, new: &'static str) -> Broken {
    super::broken("a sample", "sample.rs", old, new, &[])
}

#[test]
fn a_body_has_a_switch_for_each_patch_and_the_rest_stays() {
    let (no_a, no_b) = (sample("{ 'a' }", "{ 'b' }"), sample("self.0", "!self.0"));
    let switched = with_switches(SAMPLE, &[(3, &no_a), (5, &no_b)]);
    let begin = SAMPLE.find("{\n        let _").expect("the body");
    let end = SAMPLE.find("    fn all").expect("what follows") - 1;
    let body = &SAMPLE[begin..end];
    let expected = format!(
        "{}{{ if crate::broken_steps::is_chosen(3) {} else if crate::broken_steps::is_chosen(5) {} else {body} }}{}",
        &SAMPLE[..begin],
        body.replace("'a'", "'b'"),
        body.replace("self.0", "!self.0"),
        &SAMPLE[end..]
    );
    assert_eq!(switched, expected);
    assert_eq!(with_switches(SAMPLE, &[]), SAMPLE);
}

#[test]
fn what_has_no_body_of_a_nameable_type_is_not_chosen_at_run_time() {
    assert!(can_be_chosen(SAMPLE, &sample("self.0", "true")));
    let whole = "fn print(&self) -> char {\n        let _ =";
    let same_head = "fn print(&self) -> char {\n        let _a =";
    assert!(can_be_chosen(SAMPLE, &sample(whole, same_head)));
    for (old, new) in [
        ("a + b", "a"),
        ("1..2", "2..3"),
        ("(u32) -> u32", "(u32)"),
        ("a: u32", "a: u64"),
    ] {
        assert!(!can_be_chosen(SAMPLE, &sample(old, new)), "{old}");
    }
    let sum = with_patch(SAMPLE, &sample("a + b", "a"));
    assert!(sum.contains("{ a }") && !sum.contains("a + b"));
}
