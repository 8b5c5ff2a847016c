//! The listener both servers are served from: its connections can be cut from inside a handler.
//!
//! axum and hyper always answer; a fault such as "the connection is reset before any header" needs
//! the socket itself. So each accepted socket carries a switch, and each request carries the other
//! end of it as `ConnectInfo<Connection>`. Cutting wakes the task that owns the socket, whose next
//! read fails, which ends the connection in whatever state it is.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::{ConnectInfo, Connected},
    http::Extensions,
    serve::{IncomingStream, Listener},
};
use futures_util::task::AtomicWaker;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// An orderly end (TCP FIN), though the answer is not complete.
    Close,
    /// A reset (TCP RST), as a crashed peer or a middle box sends it.
    Reset,
}

const WHOLE: u8 = 0;
const CLOSE: u8 = 1;
const RESET: u8 = 2;

#[derive(Debug, Default)]
struct Switch {
    state: AtomicU8,
    owner: AtomicWaker,
}

/// A handle on the connection a request came in by.
#[derive(Debug, Clone)]
pub struct Connection {
    switch: Arc<Switch>,
    peer: SocketAddr,
}

impl Connection {
    /// Cuts the connection. What was already flushed to the socket still reaches the client.
    pub fn cut(&self, how: Cut) {
        let state = match how {
            Cut::Close => CLOSE,
            Cut::Reset => RESET,
        };
        self.switch.state.store(state, Ordering::Release);
        self.switch.owner.wake();
    }

    /// The client's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The connection of a request, from its extensions. `None` when the router is not served
    /// through [`Connections`] with connect info.
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions
            .get::<ConnectInfo<Self>>()
            .map(|ConnectInfo(connection)| connection.clone())
    }
}

impl Connected<IncomingStream<'_, Connections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self {
            switch: Arc::clone(&stream.io().switch),
            peer: *stream.remote_addr(),
        }
    }
}

/// A TCP listener whose sockets can be cut through [`Connection`].
///
/// Serve it with `axum::serve(connections, router.into_make_service_with_connect_info::<Connection>())`.
#[derive(Debug)]
pub struct Connections(TcpListener);

impl Connections {
    /// Takes over a bound listener.
    pub fn new(listener: TcpListener) -> Self {
        Self(listener)
    }
}

impl Listener for Connections {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        // The trait's own accept waits out errors such as a full table of open files.
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small frames must leave at once, or streamed words arrive in lumps.
        let _ = stream.set_nodelay(true);
        let socket = Socket {
            stream,
            switch: Arc::default(),
        };
        (socket, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A socket that fails once its connection was cut.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    switch: Arc<Switch>,
}

impl Socket {
    fn check(&self) -> io::Result<()> {
        match self.switch.state.load(Ordering::Acquire) {
            WHOLE => Ok(()),
            state => {
                if state == RESET {
                    // With no linger the kernel answers with RST when the socket is dropped.
                    self.stream.set_zero_linger()?;
                }
                Err(io::Error::new(
                    io::ErrorKind::ConnectionAborted,
                    "cut by the simulator",
                ))
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.switch.owner.register(context.waker());
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
