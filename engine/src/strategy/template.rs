//! Templates: a page made here of a stored template and stored data.
//!
//! For pages that the site cannot send without a network and that differ in little but
//! their data.
//!
//! ```text
//! template and data, each by the strategy of its own route
//!   ├── both there ──▶ render, serve it
//!   └── one is missing, or does not render ──▶ network, then the stored page
//! ```
//!
//! The page is from where its data are, and as old as they are. Data are escaped as HTML; at its top level
//! the template sees the members of a JSON object, and everything as `data`.

use minijinja::{AutoEscape, Environment, Value};

use super::{Unserved, network_first};
use crate::exchange::Exchange;
use crate::request::Destination;
use crate::response::{Because, CacheStatus, Provenance, Response};
use crate::route::DEFAULT_TIMEOUT;

/// The most bytes of a part.
const LARGEST: usize = 16 << 20;
/// How many steps a template may take, so that none runs for ever.
const FUEL: u64 = 10_000_000;

pub(super) async fn run(
    exchange: &Exchange,
    template: &str,
    data: &str,
) -> Result<Response, Unserved> {
    let (template, data) = futures::join!(
        part(exchange, template, Destination::Document),
        part(exchange, data, Destination::Data),
    );
    if let (Some(template), Some(data)) = (template, data) {
        match rendered(&template.text, &data.text) {
            Ok(text) => {
                let status = CacheStatus::Generated { because: because(&data.provenance) };
                return Ok(exchange.page(text, data.provenance, status).await);
            }
            Err(error) => tracing::warn!(%error, "a template does not render"),
        }
    }
    network_first::run(exchange, DEFAULT_TIMEOUT).await
}

struct Part {
    text: String,
    provenance: Provenance,
}

/// What a part says, if it is there.
async fn part(exchange: &Exchange, path: &str, destination: Destination) -> Option<Part> {
    let (part, strategy) = exchange.part(path, destination)?;
    let response = Box::pin(strategy.run(&part)).await.ok()?;
    if !response.status.is_success() {
        return None;
    }
    let body = response.body.collect_within(LARGEST).await.ok()?;
    let text = String::from_utf8(body.into()).ok()?;
    Some(Part { text, provenance: response.provenance })
}

fn rendered(template: &str, data: &str) -> Result<String, minijinja::Error> {
    let data: serde_json::Value = serde_json::from_str(data).map_err(|error| {
        minijinja::Error::new(minijinja::ErrorKind::BadSerialization, "the data are no JSON")
            .with_source(error)
    })?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_fuel(Some(FUEL));
    let mut context = match &data {
        serde_json::Value::Object(members) => members.clone(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)
        | serde_json::Value::Array(_) => serde_json::Map::new(),
    };
    context.insert("data".to_owned(), data);
    environment.render_str(template, Value::from_serialize(&context))
}

fn because(provenance: &Provenance) -> Because {
    match provenance {
        Provenance::Network { .. } | Provenance::Outbox => Because::Strategy,
        Provenance::Store { because, .. } | Provenance::Fallback { because, .. } => *because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_escaped_and_seen_by_name() {
        let page = "{% for choice in choices %}<li>{{ choice }}</li>{% endfor %}";
        let data = r#"{"choices": ["a", "<script>"]}"#;
        assert_eq!(rendered(page, data).unwrap(), "<li>a</li><li>&lt;script&gt;</li>");
        assert_eq!(rendered("{{ data[1] }}", "[1, 2]").unwrap(), "2");
    }

    #[test]
    fn what_does_not_render_is_an_error() {
        assert!(rendered("{{ a", "{}").is_err());
        assert!(rendered("{{ a }}", "no json").is_err());
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(rendered(endless, "{}").is_err(), "it takes too long");
    }
}
