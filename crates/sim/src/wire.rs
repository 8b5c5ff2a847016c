//! Connections that can be cut in the middle, as networks do: handlers get a [`Wire`] and may end the TCP
//! connection under the client's hands, before an answer, within one, or under a websocket.

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A handler's hold on the connection it serves; take it as `ConnectInfo<Wire>`.
#[derive(Debug, Clone)]
pub struct Wire {
    cut: CancellationToken,
    reset: Arc<AtomicBool>,
    peer: SocketAddr,
}

impl Wire {
    /// Ends the connection at once; nothing that is still to be written gets out.
    pub fn cut(&self) {
        self.cut.cancel();
    }

    /// The same with a reset (TCP RST), as crashed peers and middle boxes send it; [`Wire::cut`] ends in order (FIN).
    pub fn reset(&self) {
        self.reset.store(true, Ordering::Release);
        self.cut.cancel();
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until the connection has been cut.
    pub async fn ended(&self) {
        self.cut.cancelled().await;
    }
}

/// The listener: each connection it accepts can be cut, and all are cut when the simulator ends.
pub(crate) struct Wires {
    listener: TcpListener,
    closing: CancellationToken,
}

impl Wires {
    pub(crate) fn new(listener: TcpListener, closing: CancellationToken) -> Self {
        Self { listener, closing }
    }
}

/// One connection.
pub(crate) struct WireStream {
    stream: TcpStream,
    cut: CancellationToken,
    reset: Arc<AtomicBool>,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl axum::serve::Listener for Wires {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = axum::serve::Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let cut = self.closing.child_token();
        let ended = Box::pin(cut.clone().cancelled_owned());
        let socket = WireStream {
            stream,
            cut,
            reset: Arc::default(),
            ended,
        };
        (socket, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Wires>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        Self {
            cut: stream.io().cut.clone(),
            reset: Arc::clone(&stream.io().reset),
            peer: *stream.remote_addr(),
        }
    }
}

impl WireStream {
    /// Fails once the connection is cut; until then the task is woken when that happens.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.ended.as_mut().poll(context) {
            Poll::Ready(()) => {
                if self.reset.load(Ordering::Acquire) {
                    // Without linger the kernel says RST when the socket is dropped.
                    self.stream.set_zero_linger()?;
                }
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        Poll::Ready(Ok(()))
    }
}
