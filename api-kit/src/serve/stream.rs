//! A connection's bytes, with its place among the connections.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

use super::slots::Slot;

/// A TCP stream that gives its place back when it is dropped: an upgraded connection, which outlives its last request,
/// keeps it until then.
pub(super) struct Stream {
    bytes: Pin<Box<TimeoutStream<TcpStream>>>,
    cut: CancellationToken,
    _place: Slot,
}

impl Stream {
    /// A stream that fails when the other side takes no byte for `write_pause`, and sends nothing more once it is `cut`.
    pub(super) fn new(stream: TcpStream, place: Slot, write_pause: Duration, cut: CancellationToken) -> Self {
        // Best effort: without it small answers are late, not wrong.
        let _ = stream.set_nodelay(true);
        let mut bytes = TimeoutStream::new(stream);
        bytes.set_write_timeout(Some(write_pause));
        Self { bytes: Box::pin(bytes), cut, _place: place }
    }
}

impl Drop for Stream {
    /// Closed as usual, the system would go on sending what it has taken.
    fn drop(&mut self) {
        if self.cut.is_cancelled() {
            // Best effort: without it that much more is sent.
            let _ = TimeoutStream::get_ref(&self.bytes).set_zero_linger();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_read(context, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.bytes.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.bytes.as_mut().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.bytes.is_write_vectored()
    }
}
