//! Byte pipes as streams of tasks: the traits of `futures-io` and of tokio.

use std::future::poll_fn;
use std::io::{IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_io::{AsyncRead as _, AsyncWrite as _};
use latchless::pipe::{Reader, Writer, bytes};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

use super::tasks::{Bell, block_on};

async fn futures_write(writer: &mut Writer, bytes: &[u8]) -> usize {
    let pieces = [IoSlice::new(bytes), IoSlice::new(&[])];
    poll_fn(|cx| futures_io::AsyncWrite::poll_write_vectored(Pin::new(&mut *writer), cx, &pieces))
        .await
        .expect("a reader is there")
}

async fn futures_read(reader: &mut Reader, into: &mut [u8]) -> usize {
    poll_fn(|cx| {
        let mut pieces = [IoSliceMut::new(&mut *into)];
        Pin::new(&mut *reader).poll_read_vectored(cx, &mut pieces)
    })
    .await
    .expect("it never fails")
}

#[test]
fn what_is_written_by_the_traits_of_futures_is_read_by_them() {
    const BYTES: usize = if cfg!(miri) { 200 } else { 2_000 };
    for capacity in [1, 10] {
        let (mut writer, mut reader) = bytes(capacity);
        thread::scope(|scope| {
            scope.spawn(move || {
                block_on(async {
                    let all: Vec<u8> = (0..BYTES).map(|n| n as u8).collect();
                    let mut rest = &all[..];
                    while !rest.is_empty() {
                        rest = &rest[futures_write(&mut writer, rest).await..];
                    }
                    poll_fn(|cx| Pin::new(&mut writer).poll_flush_of_futures(cx)).await;
                    poll_fn(|cx| Pin::new(&mut writer).poll_close(cx)).await
                })
                .expect("it never fails");
            });
            let mut read = 0;
            loop {
                let mut into = [0; 7];
                let count = block_on(futures_read(&mut reader, &mut into));
                for byte in &into[..count] {
                    assert_eq!(*byte, read as u8);
                    read += 1;
                }
                if count == 0 {
                    break;
                }
            }
            assert_eq!(read, BYTES);
        });
    }
}

trait Flush {
    fn poll_flush_of_futures(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
}

impl Flush for Writer {
    fn poll_flush_of_futures(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        futures_io::AsyncWrite::poll_flush(self, cx).map(|flushed| flushed.expect("it never fails"))
    }
}

#[test]
fn what_is_written_by_the_traits_of_tokio_is_read_by_them() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for capacity in [1, 16] {
            let (mut writer, mut reader) = bytes(capacity);
            let writes = tokio::spawn(async move {
                writer.write_all(b"first\nsecond\n").await?;
                tokio::io::copy(&mut &b"third\nthe rest"[..], &mut writer).await?;
                writer.shutdown().await
            });
            let mut line = String::new();
            for expected in ["first\n", "second\n", "third\n"] {
                line.clear();
                reader.read_line(&mut line).await.expect("it is text");
                assert_eq!(line, expected);
            }
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).await.expect("it never fails");
            assert_eq!(rest, b"the rest");
            writes.await.expect("it ends").expect("a reader is there");
        }
    });
}

#[test]
fn a_poll_that_came_to_nothing_is_woken_and_another_use_ends_its_wait() {
    let (mut writer, mut reader) = bytes(2);
    let bell = Bell::new();
    let waker = bell.waker();
    let mut cx = Context::from_waker(&waker);
    for _ in 0..3 {
        assert!(
            futures_io::AsyncBufRead::poll_fill_buf(Pin::new(&mut reader), &mut cx).is_pending()
        );
    }
    writer.try_write(&[1]).expect("there is room");
    assert_eq!(bell.rings(), 1);
    assert!(futures_io::AsyncBufRead::poll_fill_buf(Pin::new(&mut reader), &mut cx).is_ready());
    futures_io::AsyncBufRead::consume(Pin::new(&mut reader), 1);
    let mut into = [0; 2];
    assert!(
        futures_io::AsyncRead::poll_read(Pin::new(&mut reader), &mut cx, &mut into).is_pending()
    );
    assert!(
        reader
            .read_timeout(&mut into, std::time::Duration::ZERO)
            .is_err()
    );
    writer.try_write(&[2]).expect("there is room");
    assert_eq!(bell.rings(), 1, "nobody waits any more");
    assert_eq!(reader.try_read(&mut into).ok(), Some(1));
}

#[test]
fn a_full_pipe_wakes_the_task_that_polled_its_writer() {
    let (mut writer, mut reader) = bytes(2);
    let bell = Bell::new();
    let waker = bell.waker();
    let mut cx = Context::from_waker(&waker);
    let mut write = |cx: &mut Context<'_>| {
        tokio::io::AsyncWrite::poll_write(Pin::new(&mut writer), cx, &[1, 2, 3])
    };
    assert!(matches!(write(&mut cx), Poll::Ready(Ok(2))));
    assert!(write(&mut cx).is_pending());
    reader.try_read(&mut [0]).expect("it is full");
    assert_eq!(bell.rings(), 1);
    assert!(matches!(write(&mut cx), Poll::Ready(Ok(1))));
    drop(reader);
    assert!(matches!(write(&mut cx), Poll::Ready(Err(_))));
}

#[test]
fn moving_nothing_is_ready_at_once() {
    let (_writer, mut reader) = bytes(2);
    let mut cx = Context::from_waker(Waker::noop());
    let read = futures_io::AsyncRead::poll_read(Pin::new(&mut reader), &mut cx, &mut []);
    assert!(matches!(read, Poll::Ready(Ok(0))));
    let mut nothing = tokio::io::ReadBuf::new(&mut []);
    let read = tokio::io::AsyncRead::poll_read(Pin::new(&mut reader), &mut cx, &mut nothing);
    assert!(matches!(read, Poll::Ready(Ok(()))));
}
