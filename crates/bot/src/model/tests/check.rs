//! What the check at start finds out.

use kaiwa_core::error::ModelError;

use super::{
    hear, model, options, prompt,
    server::{Provider, response, stream, whole},
};
use crate::model::{
    CheckFailed, Checked, Options,
    known::known,
    list::{Server, settle},
};

fn check(list: &str, name: Option<&str>, server: Server) -> Result<Checked, CheckFailed> {
    settle(
        Some(serde_json::from_str(list).unwrap()),
        name,
        None,
        server,
    )
    .map(|(checked, _)| checked)
}

/// A list with these names and nothing else.
fn names(names: &[&str]) -> String {
    let data: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({"id": name, "object": "model"}))
        .collect();
    serde_json::json!({"object": "list", "data": data}).to_string()
}

#[test]
fn what_a_model_can_do_is_read_as_each_server_tells_it() {
    let cases = [
        // llama.cpp, beside its list; OpenRouter; Mistral; who doesn't tell.
        (
            r#"{"models":[{"name":"m","capabilities":["completion","multimodal"]}],"data":[{"id":"m","owned_by":"llamacpp"}]}"#,
            (Some(true), None),
        ),
        (
            r#"{"data":[{"id":"m","architecture":{"input_modalities":["text","image"]},"supported_parameters":["tools"]}]}"#,
            (Some(true), Some(true)),
        ),
        (
            r#"{"data":[{"id":"m","architecture":{"input_modalities":["text"]},"supported_parameters":["top_p"]}]}"#,
            (Some(false), Some(false)),
        ),
        (
            r#"{"data":[{"id":"m","capabilities":{"vision":false,"function_calling":true}}]}"#,
            (Some(false), Some(true)),
        ),
        (
            r#"{"models":null,"data":[{"id":"m","architecture":7,"capabilities":["x"]}]}"#,
            (None, None),
        ),
        // What our own table knows.
        (
            r#"{"data":[{"id":"gpt-6-luna"}]}"#,
            (Some(true), Some(true)),
        ),
    ];
    for (list, (pictures, tools)) in cases {
        let checked = check(list, None, Server::Other).unwrap();
        assert_eq!(
            (checked.pictures, checked.tools),
            (pictures, tools),
            "{list}"
        );
    }
}

#[test]
fn the_window_is_read_as_each_server_tells_it() {
    let cases = [
        // llama.cpp: what the server allows, not what the model was trained for.
        (
            r#"{"models":[{"name":"m"}],"object":"list","data":[{"id":"m","object":"model","owned_by":"llamacpp","meta":{"vocab_type":2,"n_ctx":4096,"n_ctx_train":131072}}]}"#,
            Some(4096),
        ),
        (
            r#"{"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_ctx_train":131072}}]}"#,
            None,
        ),
        (
            r#"{"data":[{"id":"m","owned_by":"llamacpp","meta":null}]}"#,
            None,
        ),
        // vLLM, OpenRouter, LM Studio, Groq.
        (
            r#"{"data":[{"id":"m","owned_by":"vllm","max_model_len":32768,"permission":[]}]}"#,
            Some(32768),
        ),
        (
            r#"{"data":[{"id":"m","context_length":131072,"top_provider":{"context_length":131072}}]}"#,
            Some(131_072),
        ),
        (
            r#"{"data":[{"id":"m","max_context_length":262144,"loaded_context_length":8192}]}"#,
            Some(8192),
        ),
        (
            r#"{"data":[{"id":"m","max_context_length":262144}]}"#,
            Some(262_144),
        ),
        (
            r#"{"data":[{"id":"m","context_window":131072,"active":true}]}"#,
            Some(131_072),
        ),
        // Together's bare list; odd values.
        (
            r#"[{"id":"m","type":"chat","context_length":8193}]"#,
            Some(8193),
        ),
        (
            r#"{"data":[{"id":"m","context_length":"big","max_model_len":0,"owned_by":7,"meta":"x"}]}"#,
            None,
        ),
    ];
    for (list, window) in cases {
        assert_eq!(
            check(list, Some("m"), Server::Other).unwrap().window,
            window,
            "{list}"
        );
    }
    // The operator knows better.
    let list = serde_json::from_str(cases[0].0).unwrap();
    assert_eq!(
        settle(Some(list), None, Some(2048), Server::Other)
            .unwrap()
            .0
            .window,
        Some(2048)
    );
    // Where nobody tells it, our table does; but not for Ollama, which has a window of its own.
    assert_eq!(
        check(&names(&["gpt-6-luna"]), Some("gpt-6-luna"), Server::OpenAi)
            .unwrap()
            .window,
        Some(922_000)
    );
    let ollama = r#"{"data":[{"id":"deepseek-v4-flash:latest","owned_by":"library"}]}"#;
    let checked = check(ollama, Some("deepseek-v4-flash"), Server::Other).unwrap();
    assert_eq!(
        (checked.name.as_str(), checked.window),
        ("deepseek-v4-flash", None)
    );
}

#[test]
fn an_unknown_name_is_told_with_the_nearest() {
    let list = names(&[
        "gpt-6-luna",
        "gpt-6-sol",
        "gpt-5.6-luna",
        "text-embedding-3-small",
        "whisper-1",
    ]);
    let failed = check(&list, Some("gpt-6-lune"), Server::OpenAi).unwrap_err();
    assert_eq!(
        failed.error,
        ModelError::ModelUnknown {
            model: "gpt-6-lune".to_owned()
        }
    );
    assert_eq!(failed.nearest, ["gpt-6-luna", "gpt-5.6-luna"]);
    assert_eq!(
        check(&list, Some("opus"), Server::OpenAi)
            .unwrap_err()
            .nearest,
        [""; 0]
    );
    let list = names(&["anthropic/claude-sonnet-5.5", "openai/gpt-6-luna"]);
    assert_eq!(
        check(&list, Some("gpt-6-luna"), Server::Other)
            .unwrap_err()
            .nearest,
        ["openai/gpt-6-luna"]
    );
    let list = names(&["qwen3.5:4b-instruct-q8_0"]);
    assert_eq!(
        check(&list, Some("qwen3.5"), Server::Other)
            .unwrap_err()
            .nearest,
        ["qwen3.5:4b-instruct-q8_0"]
    );
}

#[test]
fn names_that_servers_take_without_listing_them_are_known() {
    for (list, name) in [
        (names(&["llama3.2:latest"]), "llama3.2"),
        (names(&["models/gemini-3.6-flash"]), "gemini-3.6-flash"),
        (
            names(&["openai/gpt-6-luna", "x/y"]),
            "openai/gpt-6-luna:online",
        ),
        (
            r#"{"data":[{"id":"/models/a.gguf","owned_by":"llamacpp"}]}"#.to_owned(),
            "anything",
        ),
    ] {
        assert_eq!(check(&list, Some(name), Server::Other).unwrap().name, name);
    }
    // Azure's list tells models, requests name deployments.
    assert_eq!(
        check(&names(&["gpt-6-luna"]), Some("our-bot"), Server::Azure)
            .unwrap()
            .name,
        "our-bot"
    );
}

#[test]
fn without_a_name_the_one_that_is_served_is_taken() {
    let chosen = |list: &[&str], server| {
        check(&names(list), None, server)
            .map(|checked| checked.name)
            .ok()
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(chosen(&["only"], Server::Other), some("only"));
    assert_eq!(
        chosen(
            &["text-embedding-nomic-embed-text-v1.5", "first", "second"],
            Server::Other
        ),
        some("first")
    );
    assert_eq!(
        chosen(&["gpt-4o-mini", "gpt-5.6-luna", "dall-e-3"], Server::OpenAi),
        some("gpt-5.6-luna")
    );
    assert_eq!(chosen(&["only"], Server::OpenAi), some("only"));
    assert_eq!(chosen(&["a", "b"], Server::OpenAi), None);
    assert_eq!(chosen(&["gpt-6-luna"], Server::Azure), None);
    assert_eq!(chosen(&[], Server::Other), None);
    // OpenAI without its list: the default.
    assert_eq!(
        settle(None, None, None, Server::OpenAi).unwrap().0.name,
        "gpt-6-luna"
    );
    assert!(settle(None, None, None, Server::Other).is_err());
}

#[test]
fn servers_are_told_apart_by_their_host() {
    let server = |url: &str| Server::new(Some(&url.parse().unwrap()));
    assert_eq!(server("https://api.openai.com/v1"), Server::OpenAi);
    assert_eq!(server("https://eu.api.openai.com/v1"), Server::OpenAi);
    assert_eq!(
        server("https://x.openai.azure.com/openai/v1"),
        Server::Azure
    );
    for other in [
        "https://notopenai.com/v1",
        "https://openai.com.example/v1",
        "http://127.0.0.1:8080/v1",
    ] {
        assert_eq!(server(other), Server::Other);
    }
}

#[test]
fn the_table_of_known_models_takes_the_longest_beginning() {
    for (name, window) in [
        ("gpt-6-luna", Some(922_000)),
        ("gpt-6.1-terra", Some(922_000)),
        ("openai/GPT-5.4-mini-2026-03-17", Some(272_000)),
        ("gpt-5.4", Some(922_000)),
        ("gpt-5-chat-latest", Some(128_000)),
        ("gpt-4o-mini", Some(128_000)),
        ("gpt-4-0613", Some(8_192)),
        ("ft:gpt-4.1-mini:org::x", Some(1_047_576)),
        ("claude-haiku-4-5", Some(200_000)),
        ("claude-sonnet-5-5", Some(1_000_000)),
        ("models/gemini-3.6-flash", Some(1_048_576)),
        ("o1", Some(200_000)),
        ("o10", None),
        ("gpt-oss:20b", None),
        ("llama3.2", None),
        ("", None),
    ] {
        assert_eq!(known().window(name), window, "{name}");
    }
}

#[tokio::test]
async fn the_check_is_one_request_and_its_failures_are_told() {
    let unnamed = |provider: &Provider| {
        model(Options {
            name: None,
            ..options(&provider.base_url)
        })
    };
    let provider =
        Provider::start([response(200, "", &names(&["only"])), stream(&whole("hi"))]).await;
    let asked = unnamed(&provider);
    assert_eq!(asked.name(), None);
    let checked = asked.check().await.unwrap();
    assert_eq!(
        (checked.name.as_str(), checked.known.as_slice()),
        ("only", &["only".to_owned()][..])
    );
    assert_eq!(asked.name(), Some("only"));
    assert_eq!(hear(asked.ask(prompt())).await.error, None);
    let requests = provider.requests();
    assert!(
        requests[0].head.starts_with("GET /v1/models HTTP/1.1\r\n"),
        "{}",
        requests[0].head
    );
    assert_eq!(requests[1].body["model"], "only");

    // A model that is asked before it was checked finds its name out by itself.
    let provider =
        Provider::start([response(200, "", &names(&["only"])), stream(&whole("hi"))]).await;
    assert_eq!(hear(unnamed(&provider).ask(prompt())).await.error, None);
    assert_eq!(provider.requests()[1].body["model"], "only");

    for status in [404, 405] {
        let provider = Provider::start([response(status, "", "no such page")]).await;
        let checked = model(options(&provider.base_url)).check().await.unwrap();
        assert_eq!(
            (checked.name.as_str(), checked.window, checked.known.len()),
            ("test-model", None, 0)
        );
    }

    let failures = [
        (
            response(401, "", ""),
            ModelError::KeyRefused { status: 401 },
        ),
        (response(500, "", ""), ModelError::Broken { status: 500 }),
        (
            response(429, "", ""),
            ModelError::Busy { retry_after: None },
        ),
        (
            response(400, "", r#"{"error":"no"}"#),
            ModelError::Refused {
                status: 400,
                reason: "no".to_owned(),
            },
        ),
        (
            response(200, "", &names(&["other"])),
            ModelError::ModelUnknown {
                model: "test-model".to_owned(),
            },
        ),
        (
            response(200, "", "<html>a web page</html>"),
            ModelError::Garbage {
                reason: "the answer to GET /models is no list of models".to_owned(),
            },
        ),
        (vec![], ModelError::Cut),
    ];
    for (reply, error) in failures {
        let provider = Provider::start([reply]).await;
        assert_eq!(
            model(options(&provider.base_url))
                .check()
                .await
                .unwrap_err()
                .error,
            error
        );
    }
}
