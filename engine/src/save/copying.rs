//! One copy of a page: the page, what belongs to it, what those need, and what that needs.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use http::HeaderMap;
use tokio::time::sleep;
use url::{Position, Url};

use super::links::links;
use super::{path_of, rule, tell};
use crate::backoff::Backoff;
use crate::blocking::blocking;
use crate::context::Context;
use crate::error::{StoreError, in_full};
use crate::event::Event;
use crate::exchange::{Copied, Copying, NotCopied, Part, fetch_for_copy, in_copy};
use crate::page::{needs, title};
use crate::request::{Destination, Request, key};
use crate::response::is_html;
use crate::route::{Save, first_match};
use crate::saved::{Missing, SaveProgress, Why};
use crate::store::{Attempted, Copy, Stored, Wish};

/// How many parts are fetched side by side.
const PARALLEL: usize = 6;
/// How often a part is tried.
const TRIES: u32 = 3;
const RETRY: Backoff = Backoff { base: Duration::from_secs(1), max: Duration::from_secs(10) };
/// Longer bodies are not looked into.
const READABLE: u64 = 4 << 20;

/// What has come of making a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// There is one, or none is to be had.
    Done,
    /// The site is away; what has come stays.
    NotNow,
    /// The person does not want it any more.
    Cancelled,
}

/// Why there is no copy.
enum Unmade {
    NotNow(Why),
    Refused(Why),
    Store(StoreError),
}

impl From<StoreError> for Unmade {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotCopied> for Unmade {
    fn from(error: NotCopied) -> Self {
        match error {
            NotCopied::NotNow(why) => Self::NotNow(why),
            NotCopied::Refused(why) => Self::Refused(why),
            NotCopied::Store(error) => Self::Store(error),
        }
    }
}

/// Makes a copy of a page, or goes on with one.
#[tracing::instrument(level = "debug", name = "save", skip_all, fields(url = %wish.url))]
pub(super) async fn make(context: &Arc<Context>, wish: Wish, shown: Option<Copy>) -> Made {
    let path = path_of(&wish.url);
    let now = || context.clock.now();
    let attempted = match gather(context, &wish, shown).await {
        Ok((is_new, attempted)) => {
            let noted = context.store.attempted(wish.key.clone(), attempted, now()).await;
            if is_new {
                context.tell(Event::Saved { key: wish.key.clone(), path });
            }
            noted
        }
        Err(Unmade::NotNow(why)) => {
            tracing::debug!(why = why.as_str(), "a page is saved later");
            return Made::NotNow;
        }
        Err(Unmade::Refused(why)) => {
            let attempted = Attempted { why: Some(why), ..Attempted::default() };
            context.store.attempted(wish.key.clone(), attempted, now()).await
        }
        Err(Unmade::Store(error)) => Err(error),
    };
    match attempted {
        Ok(()) => Made::Done,
        Err(error) => {
            tracing::error!(error = in_full(&error), "a page is saved later");
            Made::NotNow
        }
    }
}

/// Whether there is a copy that says something else than the one before.
async fn gather(
    context: &Arc<Context>,
    wish: &Wish,
    shown: Option<Copy>,
) -> Result<(bool, Attempted), Unmade> {
    let url = Url::parse(&wish.url).map_err(|_| Unmade::Refused(Why::Elsewhere))?;
    let save = rule(context, &url).ok_or(Unmade::Refused(Why::NotOnRoute))?;
    let copy = context.store.begin_copy(wish.key.clone()).await?;
    // What is saved is never evicted, and so it must not take all there is.
    let room = save.max_bytes.min(context.store.room_to_keep()?);
    let before = shown.as_ref().map(|copy| copy.id);
    let copying = Copying { copy, before, headers: wish.headers.clone(), most: room };
    let mut gathering = Gathering {
        context,
        save,
        wish,
        copying,
        waiting: VecDeque::new(),
        known: HashSet::new(),
        progress: SaveProgress {
            all_bytes: shown.map(|copy| copy.bytes),
            ..SaveProgress::default()
        },
        missing: Vec::new(),
    };
    let title = gathering.page(url.clone()).await?;
    gathering.rest().await?;
    let Gathering { copying, missing, .. } = gathering;
    let stored_as = stored_under(context, &url);
    let is_shared = context.store.is_shared(copying.copy, &stored_as)?;
    let this = (wish.key.clone(), copying.copy);
    let is_new = context.store.complete_copy(this, missing, context.clock.now()).await?;
    Ok((is_new, Attempted { title, is_shared, why: None }))
}

fn stored_under(context: &Context, url: &Url) -> String {
    let request = Request::get(url.clone(), Destination::Document);
    let route = first_match(&context.site.routes, &request);
    route.map_or_else(|| key(url).into_owned(), |(_, route)| route.key(url).into_owned())
}

/// What belongs to a page, and how much of it is there.
struct Gathering<'c> {
    context: &'c Arc<Context>,
    save: &'c Save,
    wish: &'c Wish,
    copying: Copying,
    /// With the number of links that lead from the page to each.
    waiting: VecDeque<(Part, u32)>,
    known: HashSet<String>,
    progress: SaveProgress,
    missing: Vec<Missing>,
}

/// What is there of one part, and what it leads to.
struct Found {
    bytes: u64,
    needs: Vec<Part>,
    links: Vec<Url>,
    title: Option<String>,
}

impl Gathering<'_> {
    /// The page itself, without which there is no copy: its title.
    async fn page(&mut self, url: Url) -> Result<Option<String>, Unmade> {
        self.known.insert(key(&url).into_owned());
        self.progress.all_items = 1;
        self.tell();
        let part = Part { url: url.clone(), destination: Destination::Document };
        let found = obtain(self.context.clone(), part, self.copying.clone()).await?;
        let title = found.title.clone();
        self.take(found, 0);
        let pattern = { first_match(&self.context.site.routes, &document(&url)) }
            .and_then(|(_, route)| route.when.path.as_ref());
        let fill = |path: &String| match pattern {
            Some(pattern) => pattern.filled(url.path(), path).unwrap_or_else(|| path.clone()),
            None => path.clone(),
        };
        for path in self.save.include.iter().map(fill).collect::<Vec<_>>() {
            self.want_path(&path);
        }
        if let Some(list) = self.save.urls.as_ref().map(fill) {
            self.listed(&list).await?;
        }
        Ok(title)
    }

    /// What the site's own list has.
    async fn listed(&mut self, path: &str) -> Result<(), Unmade> {
        let Ok(url) = self.context.site.address(path) else { return Ok(()) };
        let part = Part { url, destination: Destination::Data };
        self.known.insert(key(&part.url).into_owned());
        self.progress.all_items += 1;
        let copied = match in_copy(self.context, &part, &self.copying)? {
            Some(stored) => Ok(Copied { url: part.url.clone(), stored }),
            None => fetch_for_copy(self.context, &part, &self.copying).await,
        };
        let lacks = |why| Missing { path: path.to_owned(), why };
        let copied = match copied {
            Ok(copied) => copied,
            Err(NotCopied::Refused(why)) => {
                self.missing.push(lacks(why));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.progress.items += 1;
        self.progress.bytes += copied.stored.body.length();
        let paths = read(copied.stored).await.map(|body| serde_json::from_slice(&body));
        match paths {
            Some(Ok(paths)) => {
                let paths: Vec<String> = paths;
                paths.iter().for_each(|path| self.want_path(path));
            }
            Some(Err(_)) | None => {
                self.missing.push(lacks(Why::NoList));
            }
        }
        Ok(())
    }

    fn want_path(&mut self, path: &str) {
        let Ok(url) = self.context.site.address(path) else {
            self.missing.push(Missing { path: path.to_owned(), why: Why::Elsewhere });
            return;
        };
        let destination = Destination::of(&HeaderMap::new(), url.path());
        self.want(Part { url, destination: destination.unwrap_or(Destination::Document) }, 0);
    }

    fn want(&mut self, part: Part, depth: u32) {
        if self.context.site.holds(&part.url) && self.known.insert(key(&part.url).into_owned()) {
            self.waiting.push_back((part, depth));
            self.progress.all_items += 1;
        }
    }

    fn take(&mut self, found: Found, depth: u32) {
        self.progress.items += 1;
        self.progress.bytes += found.bytes;
        for part in found.needs {
            self.want(part, depth);
        }
        if depth < self.save.depth {
            for url in found.links {
                if rule(self.context, &url).is_some() {
                    self.want(Part { url, destination: Destination::Document }, depth + 1);
                }
            }
        }
        self.tell();
    }

    /// Everything else, several at once.
    async fn rest(&mut self) -> Result<(), Unmade> {
        type Obtained = (Part, u32, Result<Found, NotCopied>);
        let mut under_way: FuturesUnordered<BoxFuture<'static, Obtained>> = FuturesUnordered::new();
        loop {
            while under_way.len() < PARALLEL
                && let Some((part, depth)) = self.waiting.pop_front()
            {
                let room = self.copying.most.saturating_sub(self.progress.bytes);
                if room == 0 {
                    self.missing.push(Missing { path: path_in(&part.url), why: Why::Full });
                    continue;
                }
                let copying = Copying { most: room, ..self.copying.clone() };
                let obtained = obtain(self.context.clone(), part.clone(), copying);
                under_way.push(obtained.map(move |obtained| (part, depth, obtained)).boxed());
            }
            match under_way.next().await {
                None => return Ok(()),
                Some((_, depth, Ok(found))) => self.take(found, depth),
                Some((part, _, Err(NotCopied::Refused(why)))) => {
                    self.missing.push(Missing { path: path_in(&part.url), why });
                    self.tell();
                }
                Some((part, _, Err(NotCopied::NotNow(why)))) => {
                    // What has come stays, and it goes on when the site is back.
                    if !self.context.network.link.state().is_usable() {
                        return Err(Unmade::NotNow(why));
                    }
                    self.missing.push(Missing { path: path_in(&part.url), why });
                    self.tell();
                }
                Some((_, _, Err(NotCopied::Store(error)))) => return Err(error.into()),
            }
        }
    }

    fn tell(&self) {
        if self.context.saves.note(&self.wish.key, self.progress) {
            tell(self.context, &self.wish.key, path_of(&self.wish.url));
        }
    }
}

fn document(url: &Url) -> Request {
    Request::get(url.clone(), Destination::Document)
}

fn path_in(url: &Url) -> String {
    url[Position::BeforePath..].to_owned()
}

/// Has a part in the copy, and looks what it needs.
async fn obtain(context: Arc<Context>, part: Part, copying: Copying) -> Result<Found, NotCopied> {
    let copied = match in_copy(&context, &part, &copying).map_err(NotCopied::Store)? {
        Some(stored) => Copied { url: part.url.clone(), stored },
        None => fetch(&context, &part, &copying).await?,
    };
    let Copied { url, stored } = copied;
    let (bytes, headers) = (stored.body.length(), stored.headers.clone());
    let destination = part.destination;
    let is_looked_into = matches!(
        destination,
        Destination::Document | Destination::Style | Destination::Script | Destination::Data
    );
    let nothing = Found { bytes, needs: Vec::new(), links: Vec::new(), title: None };
    if !is_looked_into {
        return Ok(nothing);
    }
    let Some(body) = read(stored).await else { return Ok(nothing) };
    let found = blocking(move || {
        let found = needs(&body, &headers, &url, destination).into_iter();
        let needs = found.map(|need| Part { url: need.url, destination: need.destination });
        let needs = needs.collect();
        if !is_html(&headers) {
            return Found { bytes, needs, links: Vec::new(), title: None };
        }
        let links = links(&String::from_utf8_lossy(&body), &url);
        Found { bytes, needs, links, title: title(&body, &headers) }
    });
    found.await.ok_or_else(|| NotCopied::NotNow(Why::Offline))
}

async fn fetch(
    context: &Arc<Context>,
    part: &Part,
    copying: &Copying,
) -> Result<Copied, NotCopied> {
    let mut failures = 0;
    loop {
        let fetched = fetch_for_copy(context, part, copying).await;
        failures += 1;
        let may_help = failures < TRIES && context.network.link.state().is_usable();
        match fetched {
            Err(NotCopied::NotNow(_)) if may_help => {
                sleep(RETRY.delay(failures, (context.jitter)())).await;
            }
            fetched => return fetched,
        }
    }
}

/// A body that is short enough to be looked into.
async fn read(stored: Stored) -> Option<bytes::Bytes> {
    if stored.body.length() > READABLE {
        return None;
    }
    stored.body.into_body().collect().await.ok()
}
