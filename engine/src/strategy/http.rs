//! What the site's own headers say (RFC 9111).

use super::Unserved;
use crate::exchange::Exchange;
use crate::response::Response;

pub(super) async fn run(exchange: &Exchange) -> Result<Response, Unserved> {
    super::network_only::run(exchange).await
}
