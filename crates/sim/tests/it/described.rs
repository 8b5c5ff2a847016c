//! What the simulator says, held against Discord's own description: every call of the tests of REST, and the objects
//! inside of what the gateway sends.

use kaiwa_sim::{
    Route, Sim, World,
    openapi::{self, Finding},
};
use serde_json::{Value, json};

/// Fails the test when a call that was served is not as Discord describes it.
pub(crate) fn all_is_as_described(sim: &Sim) {
    let findings = sim.world(|world| openapi::shared().unwrap().check_calls(world));
    assert!(findings.is_empty(), "{}", lines(&findings));
}

/// Fails the test when an object in an event is not as Discord describes it.
pub(crate) fn event_is_as_described(event: &str, data: &Value) {
    let description = openapi::shared().unwrap();
    let findings: Vec<Finding> = objects(event, data)
        .into_iter()
        .filter(|(_, object)| !object.is_null())
        .flat_map(|(schema, object)| description.check_object(schema, object))
        .collect();
    assert!(findings.is_empty(), "{event}: {}", lines(&findings));
}

/// The objects in an event that REST answers with too, each with the name of its schema.
fn objects<'a>(event: &str, data: &'a Value) -> Vec<(&'static str, &'a Value)> {
    let each = |schema, list: &'static str| {
        let objects = data[list].as_array().into_iter().flatten();
        objects.map(move |object| (schema, object))
    };
    match event {
        "GUILD_CREATE" => each("GuildRoleResponse", "roles")
            .chain(each("GuildMemberResponse", "members"))
            .chain(each("EmojiResponse", "emojis"))
            .chain(each("ThreadResponse", "threads"))
            .collect(),
        "MESSAGE_CREATE" | "MESSAGE_UPDATE" => vec![("MessageResponse", data)],
        "THREAD_CREATE" | "THREAD_UPDATE" => vec![("ThreadResponse", data)],
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE" if data["guild_id"].is_null() => {
            vec![("PrivateChannelResponse", data)]
        }
        "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE" => {
            vec![("GuildChannelResponse", data)]
        }
        "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => vec![("GuildRoleResponse", &data["role"])],
        "GUILD_MEMBER_ADD" => vec![("GuildMemberResponse", data)],
        "INTERACTION_CREATE" => vec![
            ("MessageResponse", &data["message"]),
            ("UserResponse", &data["user"]),
            ("UserResponse", &data["member"]["user"]),
        ],
        _ => Vec::new(),
    }
}

fn lines(findings: &[Finding]) -> String {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Where a finding is and what it is about, without what it says.
fn places(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings
        .iter()
        .map(|finding| (finding.part.as_str(), finding.place.as_str()))
        .collect()
}

#[test]
fn every_route_is_described() {
    let description = openapi::shared().unwrap();
    let unknown: Vec<&Route> = Route::ALL
        .iter()
        .filter(|route| !description.describes(**route))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn a_wrong_request_is_found() {
    let description = openapi::shared().unwrap();
    let body = json!({ "content": 5, "attachments": [{ "id": 0 }, { "id": -1 }] });
    let findings = description.check_request(Route::CreateMessage, &body);
    let mut found = places(&findings);
    found.sort_unstable();
    assert_eq!(
        found,
        [("request", "/attachments/1/id"), ("request", "/content")]
    );
    let fine = json!({ "content": "hello", "attachments": [{ "id": 0 }] });
    assert_eq!(
        description.check_request(Route::CreateMessage, &fine),
        Vec::new()
    );
}

#[test]
fn a_wrong_path_and_a_wrong_query_are_found() {
    let description = openapi::shared().unwrap();
    let check = |path, query| description.check_parameters(Route::ListMessages, path, query);
    assert_eq!(check("/channels/7/messages", "limit=100&before=9"), vec![]);
    for (path, query, place) in [
        ("/channels/general/messages", "", ("path", "channel_id")),
        ("/channels/7/messages", "limit=101", ("query", "limit")),
        ("/channels/7/messages", "limit=many", ("query", "limit")),
        ("/channels/7/messages", "limits=9", ("query", "limits")),
    ] {
        assert_eq!(places(&check(path, query)), [place]);
    }
    let findings =
        description.check_parameters(Route::SearchMembers, "/guilds/7/members/search", "limit=1");
    assert_eq!(places(&findings), [("query", "query")]);
}

#[test]
fn a_wrong_answer_is_found() {
    let description = openapi::shared().unwrap();
    let user = json!({ "id": 7, "username": "ada" });
    assert!(
        !description
            .check_answer(Route::GetUser, 200, &user)
            .is_empty()
    );
    assert!(!description.check_object("UserResponse", &user).is_empty());
    let refused = json!({ "code": 50_035, "message": "Invalid Form Body", "errors": { "content": {
        "_errors": [{ "code": "BASE_TYPE_REQUIRED", "message": "This field is required" }] } } });
    let check = |body: &Value| description.check_answer(Route::CreateMessage, 400, body);
    assert_eq!(check(&refused), vec![]);
    let mut wrong = refused;
    wrong["errors"]["content"]["_errors"][0]["code"] = json!(5);
    assert_eq!(places(&check(&wrong)), [("answer 400", "/errors")]);
    // A limit says how long to wait, and nothing answers with a status that isn't described.
    let limited = json!({ "message": "You are being rate limited.", "global": false });
    assert_eq!(
        places(&description.check_answer(Route::CreateMessage, 429, &limited)),
        [("answer 429", "")]
    );
    assert_eq!(
        places(&description.check_answer(Route::CreateMessage, 302, &Value::Null)),
        [("answer 302", "")]
    );
}

#[test]
#[should_panic(expected = "MESSAGE_CREATE: MessageResponse (object)")]
fn a_wrong_event_is_found() {
    event_is_as_described("MESSAGE_CREATE", &json!({ "id": 7 }));
}

#[tokio::test]
#[should_panic(expected = "GET /users/@me (answer 200) at \"/username\"")]
async fn a_recorded_call_that_is_wrong_fails_its_test() {
    let sim = Sim::start(World::default(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    sim.world(|world| {
        let call = kaiwa_sim::world::faults::Call {
            number: 0,
            method: "GET".to_owned(),
            path: "/users/@me".to_owned(),
            query: String::new(),
            route: Some(Route::GetOwnUser),
            user: None,
            arrived_ms: 0,
            answered_ms: Some(0),
            status: Some(200),
            body: Value::Null,
            files: Vec::new(),
            answer: json!({ "username": 5 }),
            fault: None,
        };
        world.calls.begin(call, 1);
    });
    all_is_as_described(&sim);
}
