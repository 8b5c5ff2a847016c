//! A gateway client as small as it can be: it sends what a test says, and shows what it got, close codes included.
//! And the HTTP client that all other tests share.

use std::{sync::Once, time::Duration};

use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use kaiwa_sim::Sim;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::described::event_is_as_described;

/// Long enough for a loaded machine; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client for plain HTTP. It can't be built without a provider of TLS, and a process takes one only once.
pub(crate) fn http_client() -> reqwest::Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // Another test's way in may have been faster, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .expect("a plain client")
}

/// What came over the socket.
#[derive(Debug)]
pub(crate) enum Received {
    Payload(Value),
    Garbage(Vec<u8>),
    Closed(Option<u16>),
}

pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inflate: Option<Decompress>,
    pub(crate) sequence: u64,
}

impl Client {
    /// Connects with the usual address.
    pub(crate) async fn connect(sim: &Sim) -> Self {
        Self::dial(&format!(
            "ws://{}/gateway/?v=10&encoding=json",
            sim.address()
        ))
        .await
    }

    pub(crate) async fn dial(address: &str) -> Self {
        let (socket, _) = connect_async(address)
            .await
            .expect("the gateway takes connections");
        let inflate = address
            .contains("zlib-stream")
            .then(|| Decompress::new(true));
        Self {
            socket,
            inflate,
            sequence: 0,
        }
    }

    /// Connects and identifies; gives READY's data.
    pub(crate) async fn ready(sim: &Sim, intents: u64) -> (Self, Value) {
        let mut client = Self::connect(sim).await;
        client.payload(10).await;
        client.identify(sim, json!({ "intents": intents })).await;
        let ready = client.dispatch("READY").await;
        (client, ready)
    }

    /// Identifies as the world's first bot, with `fields` in place of the usual ones.
    pub(crate) async fn identify(&mut self, sim: &Sim, fields: Value) {
        let mut identify =
            json!({ "token": token(sim), "properties": { "os": "linux" }, "intents": 1 });
        for (key, value) in fields.as_object().expect("fields are an object") {
            identify[key] = value.clone();
        }
        self.send(2, identify).await;
    }

    pub(crate) async fn resume(&mut self, sim: &Sim, session: &Value, sequence: u64) {
        self.send(
            6,
            json!({ "token": token(sim), "session_id": session, "seq": sequence }),
        )
        .await;
    }

    pub(crate) async fn send(&mut self, op: u64, data: Value) {
        self.send_text(json!({ "op": op, "d": data }).to_string())
            .await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.socket
            .send(Message::Text(text.into()))
            .await
            .expect("the connection is open");
    }

    /// Ends the connection with this code and waits until the other side is done.
    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        self.socket
            .close(Some(frame))
            .await
            .expect("the connection is open");
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// The next message.
    pub(crate) async fn receive(&mut self) -> Received {
        let message = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .expect("nothing came");
        let bytes = match message {
            None | Some(Err(_)) => return Received::Closed(None),
            Some(Ok(Message::Close(frame))) => {
                return Received::Closed(frame.map(|frame| frame.code.into()));
            }
            Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
            Some(Ok(Message::Binary(bytes))) => self.inflate(&bytes),
            Some(Ok(_)) => return Box::pin(self.receive()).await,
        };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(payload) => {
                if let Some(sequence) = payload["s"].as_u64() {
                    self.sequence = sequence;
                }
                if let Some(event) = payload["t"].as_str() {
                    event_is_as_described(event, &payload["d"]);
                }
                Received::Payload(payload)
            }
            Err(_) => Received::Garbage(bytes),
        }
    }

    fn inflate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(inflate) = &mut self.inflate else {
            return bytes.to_vec();
        };
        let mut output = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(bytes, &mut output, FlushDecompress::Sync)
            .expect("a good zlib stream");
        output
    }

    /// The next payload, which must have this opcode.
    pub(crate) async fn payload(&mut self, op: u64) -> Value {
        match self.receive().await {
            Received::Payload(payload) if payload["op"] == op => payload,
            other => panic!("expected op {op}, got {other:?}"),
        }
    }

    /// The next payload, which must be this event; gives its data.
    pub(crate) async fn dispatch(&mut self, name: &str) -> Value {
        match self.receive().await {
            Received::Payload(payload) if payload["t"] == name => payload["d"].clone(),
            other => panic!("expected {name}, got {other:?}"),
        }
    }

    /// The next event of this name; others are passed over.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        loop {
            match self.receive().await {
                Received::Payload(payload) if payload["t"] == name => return payload["d"].clone(),
                Received::Payload(_) => {}
                other => panic!("expected {name}, got {other:?}"),
            }
        }
    }

    /// The close code that comes next; events before it are passed over.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Received::Closed(code) = self.receive().await {
                return code;
            }
        }
    }
}

/// The token of the world's first bot.
pub(crate) fn token(sim: &Sim) -> String {
    sim.world(|world| {
        world
            .bots
            .values()
            .next()
            .expect("the world has a bot")
            .token
            .clone()
    })
}
