//! The provider's error bodies, as OpenAI writes them.
//!
//! Codes and types: <https://platform.openai.com/docs/guides/error-codes>

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::fault::ErrorBody;

/// An error that goes out as `{"error": {message, type, param, code}}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
    headers: Vec<(HeaderName, String)>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            kind,
            param: None,
            code: None,
            headers: Vec::new(),
        }
    }

    /// 400 about one parameter.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(super) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn no_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            "You didn't provide an API key. You need to provide your API key in an Authorization \
             header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    }

    pub(super) fn wrong_key(key: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_request_error",
            format!("Incorrect API key provided: {}.", masked(key)),
        )
        .code("invalid_api_key")
    }

    pub(super) fn unknown_model(model: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            format!("The model `{model}` does not exist or you do not have access to it."),
        )
        .code("model_not_found")
    }

    pub(super) fn unknown_address(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            format!("Invalid URL ({method} {path})"),
        )
    }

    pub(super) fn wrong_method(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request_error",
            format!(
                "Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
            ),
        )
        .code("method_not_supported")
    }

    pub(super) fn too_long(limit: u64, tokens: u64) -> Self {
        Self::invalid(format!(
            "This model's maximum context length is {limit} tokens. However, your messages resulted \
             in {tokens} tokens. Please reduce the length of the messages."
        ))
        .param("messages")
        .code("context_length_exceeded")
    }

    pub(super) fn rate_limited(model: &str, retry_after: f64) -> Self {
        let seconds = retry_after.max(0.0);
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "requests",
            format!(
                "Rate limit reached for {model} on requests per min (RPM): Limit 3, Used 3, \
                 Requested 1. Please try again in {seconds}s."
            ),
        )
        .code("rate_limit_exceeded");
        error.headers = vec![
            (header::RETRY_AFTER, format!("{}", seconds.ceil())),
            (
                HeaderName::from_static("retry-after-ms"),
                format!("{}", (seconds * 1000.0).round()),
            ),
        ];
        error
    }

    pub(super) fn quota() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        )
        .code("insufficient_quota")
    }

    pub(super) fn server(status: StatusCode) -> Self {
        let message = if status == StatusCode::SERVICE_UNAVAILABLE {
            "The engine is currently overloaded, please try again later."
        } else {
            "The server had an error while processing your request. Sorry about that!"
        };
        Self::new(status, "server_error", message)
    }

    pub(super) fn unscripted(question: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unscripted",
            format!("The simulator has no scripted answer for this request: {question:?}"),
        )
        .code("unscripted")
    }

    /// The body.
    pub(super) fn json(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.json())).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The answer to a request that meets a fault of a given status.
pub(super) fn status_response(status: u16, body: ErrorBody, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        ErrorBody::Json => ApiError::server(status).into_response(),
        ErrorBody::Html => (
            status,
            [(header::CONTENT_TYPE, "text/html")],
            html_page(status),
        )
            .into_response(),
        ErrorBody::Empty => status.into_response(),
    };
    if let Some(value) = retry_after.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// A page as proxies write it.
pub(super) fn html_page(status: StatusCode) -> String {
    format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// A key as it may be shown: its beginning and its end.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    match (characters.get(..3), characters.len().checked_sub(4)) {
        (Some(start), Some(rest)) if rest > 8 => {
            let end = characters.get(rest..).unwrap_or_default();
            format!(
                "{}********{}",
                start.iter().collect::<String>(),
                end.iter().collect::<String>()
            )
        }
        _ => "********".to_owned(),
    }
}
