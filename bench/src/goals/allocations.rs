//! G11: what is allocated and copied for a hit.

use std::process::Command;

use allocation_counter::AllocationInfo;
use futures::FutureExt;
use holdfast_engine::{Body, Engine};
use tokio::task::unconstrained;
use url::Url;

use super::hits::shown;
use crate::goal::Goal;
use crate::servers::{self, Server};
use crate::site::{self, AMPLE, KIB, Kind};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// Counted, not timed: the same on any machine.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let folder = run.stores.empty()?;
    let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
    let mut rows = Vec::new();
    for length in [4 * KIB, 64 * KIB] {
        let url = site::address(Kind::Octets, length, 0)?;
        site::fetched(&engine, site::request(&url)).await?;
        for _ in 0..3 {
            site::stored(&engine, site::request(&url)).await?;
        }
        let (allocated, one) = hit(&engine, &url)?;
        let (_, other) = hit(&engine, &url)?;
        #[expect(clippy::cast_precision_loss, reason = "some kibibytes are exact")]
        let [bytes, count] = [allocated.bytes_total, allocated.count_total].map(|n| n as f64);
        // Two hits at once with their bytes at the same place have copied none of them.
        let is_shared = one.as_ptr() == other.as_ptr() && one.len() == length;
        let copies = if is_shared { 0.0 } else { 1.0 };
        let row = |what: &str, ours, limit| {
            let what = format!("{what}, hit in memory, {}", shown(length));
            Row::new(Goal::G11, what, ours, Against::Limit(limit))
        };
        let (room, none) = (Figure::Bytes(2048.0), Figure::Count(0.0));
        rows.push(row(&format!("allocated in {count} pieces"), Figure::Bytes(bytes), room));
        rows.push(row("copies of the body in the engine", Figure::Count(copies), none));
    }
    engine.close().await;
    rows.push(match in_gateway(run).await {
        Ok(copies) => {
            let none = Against::Limit(Figure::Count(0.0));
            Row::new(Goal::G11, GATEWAY, Figure::Count(copies), none)
        }
        Err(error) => Row::unmeasured(Goal::G11, GATEWAY, error.to_string()),
    });
    let what = "copies of the body on the way to the webview";
    let why = "wry's, on its own thread; see docs/performance.md";
    rows.push(Row::unmeasured(Goal::G11, what, why));
    Ok(rows)
}

const GATEWAY: &str = "copies of the body on the way to the socket, 64 KiB";

/// One hit, which is answered at once and on this thread, and its body.
fn hit(engine: &Engine, url: &Url) -> Outcome<(AllocationInfo, bytes::Bytes)> {
    let request = site::request(url);
    let mut answer = None;
    let allocated = allocation_counter::measure(|| {
        answer = unconstrained(engine.handle(request)).now_or_never();
    });
    match answer.ok_or("a hit in memory has waited for something")?.body {
        Body::Bytes(bytes) => Ok((allocated, bytes)),
        Body::Stream(_) => Err("a hit in memory is a stream".into()),
    }
}

/// Whether the gateway hands the body to the system apart from the head, as it lies in memory.
/// What was copied into a buffer with the head would be one piece with it.
async fn in_gateway(run: &Run) -> Outcome<f64> {
    const LENGTH: usize = 64 * KIB;
    let folder = run.stores.empty()?;
    let origin = servers::bare::start(run.stores.bodies.clone()).await?;
    let gateway = Server::gateway(folder.path(), origin)?;
    let target = format!("http://{}/octets/{LENGTH}/0", gateway.address);
    for _ in 0..3 {
        servers::get(&target)?;
    }
    let log = folder.path().join("strace.log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=write,writev,sendto,sendmsg", "-s", "0", "-o"]).arg(&log);
    let mut strace = strace.args(["-p", &gateway.id().to_string()]).spawn()?;
    // It says in its log when it is attached, but only with the first call.
    let mut text = String::new();
    for _ in 0..50 {
        servers::get(&target)?;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        text = std::fs::read_to_string(&log).unwrap_or_default();
        if text.contains("writev(") || text.contains("write(") {
            break;
        }
    }
    Command::new("kill").arg(strace.id().to_string()).status()?;
    strace.wait()?;
    if text.contains(&format!("iov_len={LENGTH}")) {
        Ok(0.0)
    } else if text.contains("write") {
        Ok(1.0)
    } else {
        Err("strace saw no answer".into())
    }
}
