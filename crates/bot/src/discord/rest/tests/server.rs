//! A small Discord on loopback that answers as each test says and writes down what came and when.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method},
    response::Response,
};
use futures_util::stream;
use serde_json::{Value, json};

use super::super::{Rest, Times};

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) at: Instant,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The channel in the path.
    pub(super) fn channel(&self) -> &str {
        self.path.split('/').nth(4).unwrap()
    }
}

/// What the server answers.
pub(super) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Nothing, for ever.
    Never,
    /// A success whose body breaks off.
    Cut,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    pub(super) fn html(status: u16, body: &str) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
        .with("content-type", "text/html")
    }

    pub(super) fn with(self, name: &'static str, value: impl ToString) -> Self {
        match self {
            Self::Answer {
                status,
                mut headers,
                body,
            } => {
                headers.push((name, value.to_string()));
                Self::Answer {
                    status,
                    headers,
                    body,
                }
            }
            Self::Never | Self::Cut => self,
        }
    }

    /// With a bucket's headers.
    pub(super) fn bucket(self, limit: u32, remaining: u32, reset_after: f64) -> Self {
        self.with("X-RateLimit-Bucket", "b")
            .with("X-RateLimit-Limit", limit)
            .with("X-RateLimit-Remaining", remaining)
            .with("X-RateLimit-Reset-After", reset_after)
    }
}

/// A message as Discord would answer it, with the given id.
pub(super) fn message(id: u64) -> Reply {
    Reply::json(200, &json!({"id": id.to_string(), "channel_id": "1"}))
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
}

/// The server with a way to it.
pub(super) struct Server {
    shared: Arc<Shared>,
    pub(super) address: String,
    pub(super) rest: Rest,
}

impl Server {
    /// Starts it; the script gets the number of the request, counted from 0, and the request.
    pub(super) async fn start(
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::with_times(Times::default(), script).await
    }

    pub(super) async fn with_times(
        times: Times,
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let http = crate::http::http_client().unwrap();
        let rest = Rest::with_times(http, &address, &"a-token".into(), times).unwrap();
        Self {
            shared,
            address,
            rest,
        }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The only request that came.
    pub(super) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    /// How much later one request came than another.
    pub(super) fn between(&self, earlier: usize, later: usize) -> Duration {
        let seen = self.seen();
        seen[later].at - seen[earlier].at
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let seen = Seen {
        method: parts.method,
        path: parts.uri.path_and_query().unwrap().to_string(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        at: Instant::now(),
    };
    let number = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    match (shared.script)(number, &seen) {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
        Reply::Never => std::future::pending().await,
        Reply::Cut => {
            let chunks = [Ok("{\"id\":"), Err(io::Error::other("cut"))];
            Response::new(Body::from_stream(stream::iter(chunks)))
        }
    }
}
