//! What lies beneath an answer: the model's requests, the REST calls, the gateway's events and sessions, and what the
//! bot's process says. For whoever looks behind the scenes: it isn't limited to what one person may see.

use serde_json::{Value, json};

use super::{
    Serving,
    recorder::{REQUESTS, Recorder},
    told::Told,
};
use crate::{
    Route,
    model::Request,
    world::{World, faults::Call, json::id},
};

/// So many REST calls are shown.
const CALLS: usize = 300;

/// Tells all of it.
pub(super) fn tell(told: &mut Told, serving: &Serving, world: &World) {
    let first = world.calls.iter().count().saturating_sub(CALLS);
    for call in world.calls.iter().skip(first) {
        let mark = call.answered_ms.unwrap_or_default();
        told.entry(format!("call:{}", call.number), mark, || call_json(call));
    }
    serving.shared.model.read(|model| {
        // What has just arrived is compared before it is told.
        serving.recorder.compare(world, model);
        let first = model.requests.len().saturating_sub(REQUESTS);
        for request in model.requests.iter().skip(first) {
            let parts = request.sent.len();
            let mark = super::told::mark(&(parts, format!("{:?}", request.outcome)));
            told.entry(format!("request:{}", request.number), mark, || {
                request_json(request, &serving.recorder)
            });
        }
        told.value(
            "model".to_owned(),
            json!({ "token_delay": model.settings.token_delay, "faults": model.faults.len() }),
        );
    });
    for event in serving.recorder.events() {
        told.entry(format!("event:{}", event.number), 0, || event.json());
    }
    let records = serving.shared.gateway.records();
    let sessions = serving.shared.gateway.sessions();
    told.value("sessions".to_owned(), json!(sessions));
    for (name, list) in [
        ("identify", json!(records.identifies)),
        ("resume", json!(records.resumes)),
        ("close", json!(records.closes)),
    ] {
        let list = list.as_array().cloned().unwrap_or_default();
        for (index, one) in list.into_iter().enumerate() {
            told.value(format!("{name}:{index}"), one);
        }
    }
    told.value("faults".to_owned(), json!(world.faults.left()));
    let [of_user, of_shared, of_all] = world.limits.refused;
    told.value(
        "refused".to_owned(),
        json!({ "user": of_user, "shared": of_shared, "global": of_all }),
    );
    if let Some(program) = &serving.page.program {
        told.value("store".to_owned(), json!(program.held()));
        for line in program.lines() {
            told.entry(format!("log:{}", line.number), 0, || json!(line));
        }
    }
}

fn call_json(call: &Call) -> Value {
    json!({
        "number": call.number, "method": call.method, "path": call.path, "route": call.route.map(Route::name),
        "bot": call.user.map(id), "at": call.arrived_ms, "answered": call.answered_ms, "status": call.status,
        "fault": call.fault.as_ref().map(|fault| format!("{fault:?}")), "body": call.body, "files": call.files,
    })
}

fn request_json(request: &Request, recorder: &Recorder) -> Value {
    let messages = request.turns();
    let messages = messages
        .iter()
        .map(|(role, text)| json!({ "role": role, "text": text }));
    json!({
        "number": request.number, "at": request.arrived, "model": request.model(), "outcome": request.outcome,
        "messages": messages.collect::<Value>(), "answer": request.answer, "sent": request.sent,
        "fault": request.fault, "conversation": recorder.compared(request),
    })
}
