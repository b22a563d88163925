//! What is saved and what waits, carried from one device to another where no network leads.
//!
//! Both work on a data directory from outside, also while its program runs.

use std::path::Path;
use std::time::SystemTime;

use url::Url;

use crate::config::Site;
use crate::context::terms;
use crate::request::{Destination, Request};
use crate::route::first_match;
use crate::store::{
    Arrived, BundleError, NotAllArrived, Packed, PackingOrder, Queue, Store, UnpackingTerms, pack,
    unpack,
};

/// Writes the pages that are saved for everybody and, with `votes`, what waits to be sent into a
/// new file `to`. No page of a person is in it.
///
/// # Errors
///
/// Why there is no file; then nothing is handed over.
pub fn export_bundle(
    (site, data): (&Site, &Path),
    to: &Path,
    votes: bool,
    now: SystemTime,
) -> Result<Packed, BundleError> {
    let (store, _) = Store::open(data, terms(site), now)?;
    let queue = Queue::open(data)?;
    let origin = site.origin.as_str();
    pack(&store, &queue, to, &PackingOrder { origin, votes, now })
}

/// Takes over from the file `from` what is not here yet, if it was written by a device with one
/// of the keys in `trusted`.
///
/// # Errors
///
/// Why not all of it is taken over; what was whole by then is.
pub fn import_bundle(
    (site, data): (&Site, &Path),
    from: &Path,
    trusted: &[String],
    now: SystemTime,
) -> Result<Arrived, NotAllArrived> {
    let nothing = |error| NotAllArrived { arrived: Box::default(), error };
    let opened = Store::open(data, terms(site), now).map_err(BundleError::Open);
    let (store, _) = opened.map_err(nothing)?;
    let queue = Queue::open(data).map_err(|error| nothing(error.into()))?;
    let may_be_saved = |url: &Url| {
        let request = Request::get(url.clone(), Destination::Document);
        first_match(&site.routes, &request).is_some_and(|(_, route)| route.save.is_some())
    };
    let terms = UnpackingTerms { origin: &site.origin, trusted, may_be_saved: &may_be_saved, now };
    unpack(&store, (&queue, data), from, &terms)
}
