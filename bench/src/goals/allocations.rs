//! G11: what is allocated and copied for a hit.

use std::process::{Command, Stdio};
use std::time::Duration;

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
/// What was copied into a buffer behind the head would be one piece with it.
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
    strace.args(["-q", "-f", "-e", "trace=write,writev,sendto,sendmsg", "-s", "0", "-o"]);
    strace.arg(&log).args(["-p", &gateway.id().to_string()]).stderr(Stdio::null());
    let mut strace = strace.spawn()?;
    let mut pieces = None;
    // It says nothing before the first call that it sees.
    for _ in 0..100 {
        servers::get(&target)?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        pieces = text.lines().find_map(|line| pieces_written(line, LENGTH));
        if pieces.is_some() {
            break;
        }
    }
    Command::new("kill").arg(strace.id().to_string()).status()?;
    strace.wait()?;
    match pieces.ok_or("strace saw no whole answer")? {
        1 => Ok(1.0),
        _ => Ok(0.0),
    }
}

/// How many pieces of memory a call has handed over, if it was one for more than `length`
/// bytes: `writev(21, [...], 2) = 66031`.
fn pieces_written(line: &str, length: usize) -> Option<usize> {
    let (call, result) = line.rsplit_once(" = ")?;
    if result.trim().parse::<usize>().ok()? <= length {
        return None;
    }
    let arguments = call.trim_end().strip_suffix(')')?;
    if !arguments.contains("writev") {
        return Some(1);
    }
    arguments.rsplit_once(", ")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_apart_from_its_head_is_seen_in_a_trace() {
        let check = |line: &str, expected| assert_eq!(pieces_written(line, 65_536), expected);
        check("2374  writev(21, [...], 2)              = 66031", Some(2));
        check("2374  <... writev resumed>, [...], 2)   = 66031", Some(2));
        check("2374  writev(21, [...], 1)              = 66031", Some(1));
        check("2374  write(21, \"\"..., 66031)            = 66031", Some(1));
        check("2374  write(4, \"\"..., 8)                = 8", None);
        check("2374  writev(21, [...], 2 <unfinished ...>", None);
    }
}
