//! Keeps a website working without a network: requests in, responses and events out.
//!
//! The way of a request, in the order of the files:
//!
//! ```text
//! request ─▶ route ─▶ strategy ─▶ exchange ─▶ { store, network } ─▶ page ─▶ response
//! ```
//!
//! The engine knows no window and no listener. Whoever has one turns what comes in into a
//! [`Request`], hands it to [`Engine::handle`] and passes the [`Response`] on.
//! `ARCHITECTURE.md` has the layers and the invariants.

mod backoff;
#[cfg(feature = "bench")]
pub mod bench;
mod blocking;
mod body;
mod bundle;
mod clients;
mod config;
mod connectivity;
mod context;
mod diary;
mod edge;
mod engine;
mod error;
mod event;
mod event_stream;
mod exchange;
mod explain;
#[cfg(any(test, feature = "bench"))]
pub mod fleet;
mod form;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod install;
mod network;
mod notice;
mod outbox;
mod pace;
mod page;
mod policy;
mod push;
mod records;
mod remote;
mod request;
mod response;
mod route;
mod save;
mod saved;
mod schedule;
mod seen;
mod sessions;
mod stats;
mod store;
mod strategy;
mod survey;
mod sync;
mod synced;
mod time;
mod traffic;

pub use blocking::while_painting;
pub use body::Body;
pub use bundle::{export_bundle, import_bundle};
pub use config::{
    Fallback, Install, Kiosk, Pin, PinHash, Problem, Problems, Push, PushMessage, PushStream,
    PushToken, Reload, RemoteTerms, Shortcut, SignInPages, Site, StatusTerms, SyncRule,
};
pub use diary::Asked;
pub use edge::{Client, Edge};
pub use engine::{Activity, Engine, Foundation, Status, Watch};
pub use error::{NetworkError, OpenError, SaveError, StoreError, in_full};
pub use event::{Background, Cause, Connection, Event, SystemLink, Update};
pub use explain::explain;
pub use network::{Http, Jar, Transport, realm_asked_for};
pub use notice::{Notice, NoticeKind, OnFailure};
pub use page::{Attempt, own_page, sign_in_page};
pub use policy::Sharing;
pub use remote::{Configuration, Refused, Remote, TrialStanding};
pub use request::{Agent, Cookies, Destination, Redirects, Request};
pub use response::{Because, CACHE_STATUS, CacheStatus, Forward, Provenance, Response};
pub use route::{
    Accept, AtSignOut, DEFAULT_EXPIRY, DEFAULT_REFRESH, DEFAULT_SAVED, DEFAULT_SUBMISSION,
    DEFAULT_TIMEOUT, Limits, Outbox, Pattern, Route, Save, Search, Strategy, Verify, When,
};
pub use saved::{Missing, Refresh, SaveProgress, SavedCopy, SavedPage, SavedState, Why};
pub use seen::{Form, Kind, Label};
pub use stats::stats;
pub use store::{
    Arrived, Browsed, BundleError, Damaged, Imported, InstallStatus, Inventory, KeptAnswer,
    NotAllArrived, Packed, Queue, QueueError, RouteStock, STEPS, Standing, Step, Stock, StockKind,
    Stretch, SubmissionState, Usage, UsagePart, Waiting,
};
pub use survey::{Look, Manifest, SignInForm, look, read_manifest};
pub use synced::SyncGroup;
pub use time::Clock;
pub use traffic::Answered;
