//! People who click, choose and fill in what applications put on their messages.

use super::{
    Answer, Refusal, World,
    interactions::interaction_kind,
    json,
    using::{no_such, number},
};
use serde_json::{Value, json};

const BUTTON: u64 = 2;
const LINK_STYLE: u64 = 5;

impl World {
    /// `user` clicks the button with this id, or with this label.
    ///
    /// # Errors
    /// 50035 that names the buttons there are.
    pub fn click(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        button: &str,
    ) -> Result<u64, Refusal> {
        let component = self.component(user, channel, message, button, true)?;
        if component.get("disabled") == Some(&Value::Bool(true))
            || number(&component, "style") == LINK_STYLE
        {
            return Err(Refusal::form(
                "custom_id",
                "COMPONENT_DISABLED",
                "This button can't be used",
            ));
        }
        self.use_component(user, channel, message, &component, None)
    }

    /// `user` chooses in the select with this id. Users, channels and roles by id.
    ///
    /// # Errors
    /// 50035 that names the selects and the choices there are.
    pub fn choose(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        select: &str,
        values: &[String],
    ) -> Result<u64, Refusal> {
        let component = self.component(user, channel, message, select, false)?;
        let options = component.get("options").and_then(Value::as_array);
        if let Some(options) = options {
            let known: Vec<&str> = options
                .iter()
                .filter_map(|one| one.get("value")?.as_str())
                .collect();
            if let Some(unknown) = values.iter().find(|value| !known.contains(&value.as_str())) {
                return Err(no_such("values", unknown, &known.join(", ")));
            }
        }
        self.use_component(user, channel, message, &component, Some(values))
    }

    fn use_component(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        component: &Value,
        values: Option<&[String]>,
    ) -> Result<u64, Refusal> {
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let application = found.application.unwrap_or_else(|| found.author.id());
        let custom_id = component
            .get("custom_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let kind = number(component, "type");
        let mut data = json!({ "custom_id": custom_id, "component_type": kind, "id": number(component, "id") });
        if let Some(values) = values {
            json::put(&mut data, "values", json!(values));
            // The numbers of options that hold the same things as user, role, mentionable and channel selects.
            let option_kind = [(5, 6), (6, 8), (7, 9), (8, 7)]
                .into_iter()
                .find(|(select, _)| *select == kind);
            if let Some((_, option_kind)) = option_kind {
                let option = |value: &String| json!({ "type": option_kind, "value": value });
                let picked: Vec<Value> = values.iter().map(option).collect();
                json::put(
                    &mut data,
                    "resolved",
                    Value::Object(self.resolved(channel, &picked)),
                );
            }
        }
        self.interact(
            application,
            interaction_kind::COMPONENT,
            user,
            channel,
            &custom_id,
            Some(message),
            data,
        )
    }

    /// `user` fills in the form that an interaction was answered with, by the fields' ids.
    ///
    /// # Errors
    /// 50035 when no form was shown, or a field is not in it.
    pub fn submit_form(
        &mut self,
        user: u64,
        interaction: u64,
        fields: &[(String, Value)],
    ) -> Result<u64, Refusal> {
        let shown = self
            .interactions
            .get(&interaction)
            .cloned()
            .ok_or_else(Refusal::unknown_interaction)?;
        let Answer::Modal(form) = &shown.answer else {
            return Err(Refusal::form(
                "interaction",
                "BASE_TYPE_INVALID",
                "This interaction was not answered with a form",
            ));
        };
        let mut parts = form.get("components").cloned().unwrap_or_else(|| json!([]));
        super::forms::complete_components(
            parts.as_array_mut().map_or(&mut [], Vec::as_mut_slice),
            &mut 1,
        );
        let mut left: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
        let filled: Vec<Value> = parts
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| fill(part, fields, &mut left))
            .collect();
        if let Some(unknown) = left.first() {
            return Err(no_such("fields", unknown, "the ids in the form"));
        }
        let custom_id = form
            .get("custom_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let data = json!({ "custom_id": custom_id, "components": filled, "resolved": {} });
        let submitted = self.interact(
            shown.application,
            interaction_kind::MODAL,
            user,
            shown.channel,
            &custom_id,
            shown.source_message,
            data,
        )?;
        if let Some(submitted) = self.interactions.get_mut(&submitted) {
            submitted.shown_by = Some(interaction);
        }
        Ok(submitted)
    }

    fn component(
        &self,
        user: u64,
        channel: u64,
        message: u64,
        name: &str,
        is_button: bool,
    ) -> Result<Value, Refusal> {
        self.require(user, channel, 0)?;
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        if found.only_for.is_some_and(|only| only != user) {
            return Err(Refusal::unknown_message());
        }
        let mut all = Vec::new();
        found
            .components
            .iter()
            .for_each(|component| flatten(component, &mut all));
        let usable = all.iter().filter(|one| one.get("custom_id").is_some());
        let names: Vec<String> = usable
            .filter_map(|one| Some(one.get("custom_id")?.as_str()?.to_owned()))
            .collect();
        let found = all
            .into_iter()
            .find(|one| (number(one, "type") == BUTTON) == is_button && is_called(one, name))
            .cloned();
        found.ok_or_else(|| no_such("custom_id", name, &names.join(", ")))
    }
}

fn is_called(component: &Value, name: &str) -> bool {
    ["custom_id", "label"]
        .iter()
        .any(|key| component.get(key).and_then(Value::as_str) == Some(name))
}

fn flatten<'a>(component: &'a Value, all: &mut Vec<&'a Value>) {
    all.push(component);
    component
        .get("components")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .for_each(|child| flatten(child, all));
    if let Some(accessory) = component.get("accessory") {
        flatten(accessory, all);
    }
}

/// A part of a form with what was filled in, in the shape in which Discord sends it back.
fn fill(part: &Value, fields: &[(String, Value)], left: &mut Vec<&str>) -> Value {
    let kind = number(part, "type");
    let mut filled = json!({ "type": kind, "id": number(part, "id") });
    if let Some(children) = part.get("components").and_then(Value::as_array) {
        let children: Vec<Value> = children
            .iter()
            .map(|child| fill(child, fields, left))
            .collect();
        json::put(&mut filled, "components", Value::Array(children));
    }
    if let Some(child) = part.get("component") {
        json::put(&mut filled, "component", fill(child, fields, left));
    }
    if let Some(custom_id) = part.get("custom_id").and_then(Value::as_str) {
        json::put(&mut filled, "custom_id", json!(custom_id));
        left.retain(|one| *one != custom_id);
        let given = fields
            .iter()
            .find(|(key, _)| key == custom_id)
            .map(|(_, value)| value.clone());
        let default = part.get("value").cloned().unwrap_or_else(|| json!(""));
        match given {
            Some(Value::Array(values)) => json::put(&mut filled, "values", Value::Array(values)),
            given => json::put(&mut filled, "value", given.unwrap_or(default)),
        }
    }
    filled
}
