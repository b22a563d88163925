//! G13: a page's `fetch` of what is stored.

use holdfast_tests::Settings;

use super::super::hits::shown;
use super::{Sides, fetched};
use crate::goal::Goal;
use crate::sampling::ROUNDS;
use crate::site::{KIB, MIB};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// What is fetched, and how often: a long body takes long enough to be seen by a clock that
/// shows milliseconds.
const LENGTHS: [(usize, usize); 4] = [(4 * KIB, 500), (64 * KIB, 500), (MIB, 100), (10 * MIB, 10)];

/// Registers the service worker, as a site does.
const PAGE: &str = "<!doctype html><title>bench</title><script>\
                    navigator.serviceWorker?.register('/sw.js').catch(() => {})</script>";

/// Answers bodies from the Cache API first; takes over the page that registered it.
pub(super) const WORKER: &str = "
    addEventListener('install', () => skipWaiting());
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('fetch', (event) => {
        if (!new URL(event.request.url).pathname.startsWith('/body/')) return;
        event.respondWith((async () => {
            const cache = await caches.open('bodies');
            const stored = await cache.match(event.request);
            if (stored) return stored;
            const response = await fetch(event.request);
            await cache.put(event.request, response.clone());
            return response;
        })());
    });
";

/// In which of the three windows, and what has to be there first.
struct Window<'s> {
    settings: &'s Settings,
    folder: &'static str,
    ready: &'static str,
}

pub(in super::super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let sides = Sides::on(PAGE, run).await?;
    let mut worker = sides.bare.clone();
    worker.data = sides.folder.path().join("worker");
    worker.environment.push(("BARE_OPENS".to_owned(), format!("{}/", sides.site.origin())));
    let windows = [
        Window { settings: &sides.ours, folder: "/body/", ready: "true" },
        Window { settings: &sides.bare, folder: "/", ready: "true" },
        Window {
            settings: &worker,
            folder: "/body/",
            ready: "navigator.serviceWorker.controller?.state === 'activated'",
        },
    ];
    let mut best = [[f64::INFINITY; LENGTHS.len()]; 3];
    // In turn, so that a machine that is slower for a while is so for all.
    for _ in 0..ROUNDS {
        for (window, best) in windows.iter().zip(&mut best) {
            let app = sides.open(window.settings).await;
            app.page.until(window.ready).await;
            for ((length, count), best) in LENGTHS.iter().zip(best) {
                let (path, count) = (format!("{}{length}", window.folder), run.extent.of(*count));
                let time = fetched(&app, &path, *length, count.div_ceil(10), count).await;
                *best = best.min(time);
            }
            app.close().await;
        }
    }
    let [app, handler, worker] = best;
    let rows = |name: &str, most: f64, others: [f64; LENGTHS.len()]| {
        let rows =
            LENGTHS.iter().zip(app.iter().zip(others)).map(|((length, _), (ours, other))| {
                let what = format!("fetch of {} in a page, beside {name}, mean", shown(*length));
                let against = Against::AtMost(most, Figure::Time(other));
                Row::new(Goal::G13, what, Figure::Time(*ours), against)
            });
        rows.collect::<Vec<_>>()
    };
    let mut all = rows("a bare handler", 1.1, handler);
    all.extend(rows("a service worker with the Cache API", 0.5, worker));
    Ok(all)
}
