//! What the app wrote down of where its time went.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// One step with its times since the app began, or a moment that ends when it begins.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is called in the code.
    pub name: String,
    /// What it was about, as far as it was noted.
    pub about: Value,
    /// When it began.
    pub begins: Duration,
    /// When it ended; a step that was going on at the end has none.
    pub ends: Option<Duration>,
}

/// The steps of an app that has ended, in the order in which they began.
///
/// # Panics
///
/// If the file is no whole trace.
pub fn trace(file: &Path) -> Vec<Step> {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("there is no trace at {}: {error}", file.display()));
    let events: Vec<Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the trace breaks off: {error}"));
    let mut steps: Vec<Step> = Vec::new();
    // Which steps of a task have not ended, by the number of the task and the step's name.
    let mut open: Vec<(Value, usize)> = Vec::new();
    for event in events {
        let name = event["name"].as_str().unwrap_or_default();
        let at = Duration::from_secs_f64(event["ts"].as_f64().unwrap_or_default() / 1e6);
        match event["ph"].as_str() {
            Some("b") => {
                open.push((event["id"].clone(), steps.len()));
                let (name, about) = (name.to_owned(), event["args"].clone());
                steps.push(Step { name, about, begins: at, ends: None });
            }
            Some("e") => {
                let is_it =
                    |(id, step): &(Value, usize)| *id == event["id"] && steps[*step].name == name;
                let Some(found) = open.iter().rposition(is_it) else { continue };
                let (_, step) = open.remove(found);
                steps[step].ends = Some(at);
                // What became known on the way is told at the end.
                steps[step].about = event["args"].clone();
            }
            Some("i") => {
                let about = event["args"].clone();
                // An event is called after its place in the code; what it says is the message.
                let name = about["message"].as_str().unwrap_or(name).to_owned();
                steps.push(Step { name, about, begins: at, ends: Some(at) });
            }
            Some(_) | None => {}
        }
    }
    steps.sort_by_key(|step| step.begins);
    steps
}
