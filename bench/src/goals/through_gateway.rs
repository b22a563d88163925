//! G10: the gateway beside nginx, Varnish and hyper alone.

use std::time::Duration;

use super::hits::shown;
use crate::goal::Goal;
use crate::sampling::ROUNDS;
use crate::servers::{self, Nginx, Server};
use crate::site::{KIB, MIB};
use crate::table::{Against, Figure, Row};
use crate::{Extent, Outcome, Run};

/// What stands beside one another, the gateway first.
const NAMES: [&str; 6] =
    ["gateway", "bare hyper", "nginx", "nginx with open_file_cache", "nginx tuned", "Varnish"];

/// The best of one server.
#[derive(Debug, Clone, Copy)]
struct Served {
    /// Processor time for a request, in nanoseconds.
    time: f64,
    per_second: f64,
}

/// Each on the same core, with `wrk` on another one, in turn: what counts is the processor time
/// that the server takes for a request.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    if std::thread::available_parallelism()?.get() < 2 {
        return Err("server and client need a core each".into());
    }
    let folder = run.stores.empty()?;
    let folders = NAMES.map(|name| folder.path().join(name.replace(' ', "-")));
    folders.iter().try_for_each(std::fs::create_dir)?;
    let [gateway, bare, plain, open, tuned, varnish] = &folders;
    let origin = servers::bare::start(run.stores.bodies.clone()).await?;
    let all = [
        Server::gateway(gateway, origin)?,
        Server::bare(bare)?,
        Server::nginx(plain, origin, Nginx::Plain)?,
        Server::nginx(open, origin, Nginx::OpenFiles)?,
        Server::nginx(tuned, origin, Nginx::Tuned)?,
        Server::varnish(varnish, origin)?,
    ];
    let mut rows = Vec::new();
    for length in [4 * KIB, 64 * KIB, MIB] {
        let served = measure(run.extent, &all, length)?;
        rows.extend(compared(length, &served));
    }
    Ok(rows)
}

fn measure(extent: Extent, all: &[Server; 6], length: usize) -> Outcome<[Served; 6]> {
    let (rounds, time) = match extent {
        Extent::Full => (ROUNDS, Duration::from_secs(4)),
        Extent::Quick => (1, Duration::from_secs(1)),
    };
    let target = |server: &Server| format!("http://{}/octets/{length}/0", server.address);
    for (server, name) in all.iter().zip(NAMES) {
        // The first takes it into the cache.
        for _ in 0..2 {
            let status = servers::get(&target(server))?;
            if !status.ends_with("200 OK") {
                return Err(format!("{name} answers {status}").into());
            }
        }
        servers::load(&target(server), Duration::from_secs(1))?;
    }
    let mut best = [Served { time: f64::INFINITY, per_second: 0.0 }; 6];
    for _ in 0..rounds {
        for (server, best) in all.iter().zip(&mut best) {
            let before = server.processor_time()?;
            let load = servers::load(&target(server), time)?;
            let used = server.processor_time()? - before;
            best.time = best.time.min(used / load.requests);
            best.per_second = best.per_second.max(load.per_second);
        }
    }
    Ok(best)
}

fn compared(length: usize, served: &[Served; 6]) -> Vec<Row> {
    let [ours, bare, nginx @ .., varnish] = served;
    let best = nginx.iter().map(|served| served.time).fold(f64::INFINITY, f64::min);
    let most = match length {
        4096 => Some(0.75),
        65_536 => Some(1.05),
        _ => None,
    };
    let row = |what: &str, ours, against| {
        Row::new(Goal::G10, format!("gateway, {}, {what}", shown(length)), ours, against)
    };
    let time = Figure::Time(ours.time);
    let mut rows = Vec::new();
    for (name, nginx) in NAMES.iter().skip(2).zip(nginx) {
        let baseline = Figure::Time(nginx.time);
        let against = match most.filter(|_| nginx.time <= best) {
            Some(most) => Against::AtMost(most, baseline),
            None => Against::Beside(baseline),
        };
        rows.push(row(&format!("processor time beside {name}"), time, against));
    }
    let beside = Against::Beside(Figure::Time(varnish.time));
    rows.push(row("processor time beside Varnish", time, beside));
    let against = match length {
        MIB => Against::Beside(Figure::Time(bare.time)),
        _ => Against::AtMost(1.0 / 0.85, Figure::Time(bare.time)),
    };
    rows.push(row("processor time beside bare hyper", time, against));
    let per_second = Figure::PerSecond(ours.per_second);
    let bare = Against::Beside(Figure::PerSecond(bare.per_second));
    rows.push(row("requests beside bare hyper", per_second, bare));
    let fastest = nginx.iter().chain([varnish]).map(|served| served.per_second);
    let fastest = Against::Beside(Figure::PerSecond(fastest.fold(0.0, f64::max)));
    rows.push(row("requests beside the best of nginx and Varnish", per_second, fastest));
    rows
}
