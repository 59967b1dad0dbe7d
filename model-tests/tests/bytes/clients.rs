//! Real clients of `std::io` over byte pipes: they know nothing of pipes.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::thread;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use latchless::pipe::{Reader, Writer, bytes};
use serde_json::{Deserializer, Value, json};

/// Runs a client at each end, and says what that at the reader's has got.
fn between<R: Send>(
    capacity: usize,
    write: impl FnOnce(Writer) + Send,
    read: impl FnOnce(Reader) -> R + Send,
) -> R {
    let (writer, reader) = bytes(capacity);
    thread::scope(|scope| {
        scope.spawn(move || write(writer));
        read(reader)
    })
}

/// Something that is not the same everywhere.
fn text(lines: usize) -> String {
    (0..lines)
        .map(|n| format!("line {n}, {}\n", n * n % 1009))
        .collect()
}

#[test]
fn io_copy_copies_into_and_out_of_a_pipe() {
    let sent = text(500);
    for capacity in [3, 100, 65_536] {
        let got = between(
            capacity,
            |mut writer| {
                let copied =
                    io::copy(&mut sent.as_bytes(), &mut writer).expect("a reader is there");
                assert_eq!(copied, sent.len() as u64);
            },
            |mut reader| {
                let mut got = Vec::new();
                let copied = io::copy(&mut reader, &mut got).expect("it never fails");
                assert_eq!(copied, got.len() as u64);
                got
            },
        );
        assert!(got == sent.as_bytes());
    }
}

#[test]
fn lines_and_other_parts_are_read_as_from_a_file() {
    let sent = text(300);
    for capacity in [2, 64, 4096] {
        let write = |mut writer: Writer| {
            writer
                .write_all(sent.as_bytes())
                .expect("a reader is there")
        };
        let lines = between(capacity, write, |reader| {
            reader
                .lines()
                .map(|line| line.expect("it never fails") + "\n")
                .collect::<String>()
        });
        assert!(lines == sent);
        let buffered = between(capacity, write, |reader| {
            BufReader::new(reader).lines().map_while(Result::ok).count()
        });
        assert_eq!(buffered, 300);
        let (first, rest) = between(capacity, write, |mut reader| {
            let (mut first, mut rest) = (Vec::new(), String::new());
            reader.read_until(b',', &mut first).expect("it never fails");
            reader.read_to_string(&mut rest).expect("it is text");
            (first, rest)
        });
        assert!(first == b"line 0," && rest == sent[first.len()..]);
    }
}

#[test]
fn what_is_compressed_at_one_end_is_decompressed_at_the_other() {
    let sent = text(1_000);
    for capacity in [3, 512] {
        let got = between(
            capacity,
            |writer| {
                let mut packer = GzEncoder::new(writer, Compression::fast());
                packer
                    .write_all(sent.as_bytes())
                    .expect("a reader is there");
                packer.finish().expect("a reader is there");
            },
            |reader| {
                let mut got = String::new();
                GzDecoder::new(reader).read_to_string(&mut got).map(|_| got)
            },
        );
        assert!(got.expect("it was packed whole") == sent);
    }
}

#[test]
fn a_stream_of_values_is_parsed_while_it_is_written() {
    for capacity in [5, 4096] {
        let got = between(
            capacity,
            |writer| {
                let mut writer = BufWriter::with_capacity(50, writer);
                for n in 0..200 {
                    let value = json!({ "number": n, "name": format!("value {n}") });
                    serde_json::to_writer(&mut writer, &value).expect("a reader is there");
                }
            },
            |reader| {
                Deserializer::from_reader(reader)
                    .into_iter::<Value>()
                    .map(|value| value.expect("it was written whole"))
                    .collect::<Vec<_>>()
            },
        );
        assert_eq!(got.len(), 200);
        assert!((0..).zip(&got).all(|(n, value)| value["number"] == n));
    }
}

#[test]
fn a_client_whose_reader_goes_is_told() {
    let (writer, reader) = bytes(16);
    let writes = thread::spawn(move || {
        let mut writer = BufWriter::new(writer);
        (0..).try_for_each(|n| writeln!(writer, "line {n}"))
    });
    let first = reader.lines().next().and_then(Result::ok);
    assert_eq!(first.as_deref(), Some("line 0"));
    let error = writes.join().expect("it ends").expect_err("nobody reads");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}
