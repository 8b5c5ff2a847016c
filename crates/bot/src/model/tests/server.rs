//! A provider that does what a script says, byte by byte: what a well-behaved HTTP server can't do is what is tested.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// One step of a reply.
#[derive(Clone)]
pub(super) enum Step {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Send these bytes again and again, until the client hangs up.
    Flood(Vec<u8>),
    /// Do nothing until the client hangs up.
    Hold,
    /// Cut the connection as a crash does (RST).
    Reset,
}

/// What is done for one request; afterwards the connection is closed.
pub(super) type Reply = Vec<Step>;

/// A scripted provider. Every connection carries one request.
pub(super) struct Provider {
    pub(super) base_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    gone: mpsc::UnboundedReceiver<usize>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: serde_json::Value,
}

impl Provider {
    /// Starts one that gives these replies in turn, and hangs up on every request after the last.
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let replies = Arc::new(Mutex::new(replies.into_iter().collect::<VecDeque<_>>()));
        let (tell, gone) = mpsc::unbounded_channel();
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(
                    socket,
                    Arc::clone(&kept),
                    Arc::clone(&replies),
                    tell.clone(),
                ));
            }
        });
        Self {
            base_url,
            requests,
            gone,
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until a client hangs up during [`Step::Hold`] or [`Step::Flood`]; tells how many bytes were sent to it.
    pub(super) async fn client_gone(&mut self) -> usize {
        tokio::time::timeout(super::HANGS, self.gone.recv())
            .await
            .expect("the client never hung up")
            .unwrap()
    }
}

async fn serve(
    mut socket: TcpStream,
    requests: Arc<Mutex<Vec<Request>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    gone: mpsc::UnboundedSender<usize>,
) {
    let Some(request) = read(&mut socket).await else {
        // On a machine that is busy a client may give up before all of its request is read.
        let _ = gone.send(0);
        return;
    };
    requests.lock().unwrap().push(request);
    let reply = replies.lock().unwrap().pop_front().unwrap_or_default();
    for step in reply {
        match step {
            Step::Send(bytes) => {
                let _ = socket.write_all(&bytes).await;
            }
            Step::Flood(bytes) => {
                let mut sent = 0;
                while socket.write_all(&bytes).await.is_ok() {
                    sent += bytes.len();
                }
                let _ = gone.send(sent);
            }
            Step::Hold => {
                let mut rest = [0; 64];
                while matches!(socket.read(&mut rest).await, Ok(1..)) {}
                let _ = gone.send(0);
            }
            Step::Reset => {
                let _ = socket.set_zero_linger();
                return;
            }
        }
    }
    let _ = socket.shutdown().await;
    // Closing with unread bytes would be a reset, so what may still come is read away.
    let mut rest = [0; 1024];
    while matches!(socket.read(&mut rest).await, Ok(1..)) {}
}

async fn read(socket: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                })
                .map_or(0, |length| length.parse().unwrap());
            break (head, length);
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    while bytes.len() < length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = if bytes.is_empty() {
        serde_json::Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    Some(Request { head, body })
}

/// A response of this status, with these header lines and this body.
pub(super) fn response(status: u16, headers: &str, body: &str) -> Reply {
    vec![Step::Send(
        format!(
            "HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )]
}

/// The head of a stream that ends when the connection is closed.
pub(super) fn stream_head() -> Step {
    Step::Send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".to_vec(),
    )
}

/// A stream that sends this and closes the connection.
pub(super) fn stream(text: &str) -> Reply {
    vec![stream_head(), Step::Send(text.as_bytes().to_vec())]
}

/// One event with a piece of text.
pub(super) fn says(text: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]})
    )
}

/// The event that ends an answer.
pub(super) fn finishes(reason: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    )
}

/// A whole stream with this text.
pub(super) fn whole(text: &str) -> String {
    format!("{}{}data: [DONE]\n\n", says(text), finishes("stop"))
}
