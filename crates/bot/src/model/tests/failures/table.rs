//! What providers send when they fail, and what it is told as.

use super::*;

/// Statuses and bodies as the providers document them or were seen to send them.
pub(super) fn failures() -> Vec<(u16, &'static str, &'static str, ModelError)> {
    use ModelError::{Broken, KeyRefused, QuotaUsedUp, TooLong};
    vec![
        // OpenAI.
        (
            429,
            "",
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            QuotaUsedUp,
        ),
        (
            429,
            "Retry-After: 7\r\n",
            r#"{"error":{"message":"Rate limit reached for gpt-6-luna in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
            busy(Some(7)),
        ),
        (
            429,
            "retry-after-ms: 2000\r\nRetry-After: 3\r\n",
            "",
            busy(Some(2)),
        ),
        (
            429,
            "Date: Wed, 25 Nov 2026 03:00:00 GMT\r\nRetry-After: Wed, 25 Nov 2026 03:00:30 GMT\r\n",
            "",
            busy(Some(30)),
        ),
        (
            429,
            "Retry-After: Wed, 25 Nov 2009 03:00:30 GMT\r\n",
            "",
            busy(Some(0)),
        ),
        (429, "Retry-After: soon\r\n", "slow down", busy(None)),
        (
            429,
            "",
            r#"{"error":{"message":"Request too large for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 10000, Requested 15000. The input or output tokens must be reduced in order to run successfully.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
            TooLong,
        ),
        (
            401,
            "",
            r#"{"error":{"message":"Incorrect API key provided: sk-a-v****-key.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
            KeyRefused { status: 401 },
        ),
        (
            403,
            "",
            "<html>forbidden</html>",
            KeyRefused { status: 403 },
        ),
        (
            404,
            "",
            r#"{"error":{"message":"The model `test-model` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            unknown(),
        ),
        (
            403,
            "",
            r#"{"error":{"message":"Project `proj_x` does not have access to model `test-model`","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            unknown(),
        ),
        (
            400,
            "",
            r#"{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"Your input exceeds the context window of this model. Please adjust your input and try again.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"Invalid value for 'temperature': must be at most 2.","type":"invalid_request_error","param":"temperature","code":"invalid_value"}}"#,
            refused(400, "Invalid value for 'temperature': must be at most 2."),
        ),
        (
            500,
            "",
            r#"{"error":{"message":"The server had an error while processing your request.","type":"server_error"}}"#,
            Broken { status: 500 },
        ),
        (
            502,
            "",
            "<html>\r\n<head><title>502 Bad Gateway</title></head></html>",
            Broken { status: 502 },
        ),
        (503, "", "", Broken { status: 503 }),
        (408, "", "", Broken { status: 408 }),
        // llama.cpp.
        (
            400,
            "",
            r#"{"error":{"code":400,"message":"request (4476 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":4476,"n_ctx":4096}}"#,
            TooLong,
        ),
        (
            500,
            "",
            r#"{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}"#,
            TooLong,
        ),
        (
            503,
            "",
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#,
            Broken { status: 503 },
        ),
        (
            401,
            "",
            r#"{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}"#,
            KeyRefused { status: 401 },
        ),
        // vLLM, with and without the wrapper.
        (
            400,
            "",
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages, Please reduce the length of the messages.","type":"BadRequestError","param":null,"code":400}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"The decoder prompt (length 5000) is longer than the maximum model length of 4096.","type":"BadRequestError","param":null,"code":400}}"#,
            TooLong,
        ),
        (
            404,
            "",
            r#"{"object":"error","message":"The model `test-model` does not exist.","type":"NotFoundError","param":null,"code":404}"#,
            unknown(),
        ),
        // Ollama.
        (
            404,
            "",
            r#"{"error":{"message":"model 'test-model' not found","type":"not_found_error","param":null,"code":null}}"#,
            unknown(),
        ),
        (
            404,
            "",
            r#"{"error":"model \"test-model\" not found, try pulling it first"}"#,
            unknown(),
        ),
        (
            400,
            "",
            r#"{"error":{"message":"prompt too long; exceeded max context length by 400 tokens","type":"invalid_request_error","param":null,"code":null}}"#,
            TooLong,
        ),
        // LM Studio.
        (
            400,
            "",
            r#"{"error":"Trying to keep the first 15857 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length."}}"#,
            TooLong,
        ),
        // OpenRouter.
        (
            400,
            "",
            r#"{"error":{"message":"This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens.","code":400}}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}}","provider_name":"Anthropic"}}}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"test-model is not a valid model ID","code":400}}"#,
            unknown(),
        ),
        (
            402,
            "",
            r#"{"error":{"message":"This request requires more credits, or fewer max_tokens.","code":402}}"#,
            QuotaUsedUp,
        ),
        (
            403,
            "",
            r#"{"error":{"message":"Input was flagged","code":403,"metadata":{"reasons":["violence"],"flagged_input":"what colour is the sea"}}}"#,
            refused(403, "Input was flagged"),
        ),
        // Gemini: a list, and a pause in the body.
        (
            429,
            "",
            r#"[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"31s"}]}}]"#,
            busy(Some(31)),
        ),
        (
            400,
            "",
            r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
            KeyRefused { status: 400 },
        ),
        (
            400,
            "",
            r#"[{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]"#,
            TooLong,
        ),
        // DeepSeek, Mistral, Anthropic, Groq.
        (
            402,
            "",
            r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#,
            QuotaUsedUp,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
            unknown(),
        ),
        (
            400,
            "",
            r#"{"object":"error","message":"Invalid model: test-model","type":"invalid_model","param":null,"code":"1500"}"#,
            unknown(),
        ),
        (
            400,
            "",
            r#"{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","param":null,"code":"3051"}"#,
            TooLong,
        ),
        (
            400,
            "",
            r#"{"error":{"message":"Your credit balance is too low to access the Anthropic API.","type":"invalid_request_error"}}"#,
            QuotaUsedUp,
        ),
        (
            529,
            "",
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Broken { status: 529 },
        ),
        (
            413,
            "",
            r#"{"error":{"message":"Request too large for model `x`: Limit 6000, Requested 9000, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#,
            TooLong,
        ),
        // FastAPI's complaints, plain text, nothing, another address, the wrong address.
        (
            422,
            "",
            r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"secret":1}},{"msg":"And more"}]}"#,
            refused(422, "Field required; And more"),
        ),
        (
            400,
            "",
            "  bad\u{7}\r\n   request ",
            refused(400, "bad request"),
        ),
        (
            418,
            "",
            "",
            refused(418, "it gave no reason that can be repeated"),
        ),
        (
            301,
            "Location: https://elsewhere.example/\r\n",
            "<html>",
            refused(301, "it answers from another address: check the base URL"),
        ),
        (
            404,
            "",
            r#"{"detail":"Not Found"}"#,
            refused(404, "Not Found"),
        ),
        (
            405,
            "",
            r#"{"error":{"code":"method_not_allowed"}}"#,
            refused(405, "method_not_allowed"),
        ),
    ]
}
