//! G12: pages cost no more than anything else once they are stored.

use std::hint::black_box;

use bytes::Bytes;
use holdfast_engine::{Destination, Request};
use lol_html::{HtmlRewriter, Settings, element};

use super::hits::shown;
use crate::goal::Goal;
use crate::sampling::{Best, ROUNDS, times};
use crate::site::{self, AMPLE, KIB, Kind};
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// About as long as the page of a newspaper.
const PAGE: usize = 119 * KIB;

pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for length in [4 * KIB, 60 * KIB] {
        rows.push(hits(run, length).await?);
    }
    rows.push(rewriting(run).await?);
    Ok(rows)
}

/// A page as a navigation asks for it, beside bytes of no known type of the same length.
async fn hits(run: &Run, length: usize) -> Outcome<Row> {
    let folder = run.stores.empty()?;
    let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
    let page = site::address(Kind::Html, length, 0)?;
    let octets = site::address(Kind::Octets, site::page(length, 0).len(), 0)?;
    let page = || Request::get(page.clone(), Destination::Document);
    let octets = || site::request(&octets);
    site::fetched(&engine, page()).await?;
    site::fetched(&engine, octets()).await?;
    let count = run.extent.of(20_000);
    let (mut ours, mut theirs) = (Best::NONE, Best::NONE);
    for _ in 0..ROUNDS {
        let hit = async |request| site::stored(&engine, request).await;
        times((0..100).map(|_| page()), hit).await?;
        ours.take(&times((0..count).map(|_| page()), hit).await?);
        times((0..100).map(|_| octets()), hit).await?;
        theirs.take(&times((0..count).map(|_| octets()), hit).await?);
    }
    engine.close().await;
    let what = format!("hit in memory, HTML beside octets, {}, p50", shown(length));
    let against = Against::AtMost(1.1, Figure::Time(theirs.p50));
    Ok(Row::new(Goal::G12, what, Figure::Time(ours.p50), against))
}

/// What is done to a page before it is stored, beside lol_html with one handler that looks at
/// each element's attributes and changes nothing.
async fn rewriting(run: &Run) -> Outcome<Row> {
    let origin = url::Url::parse("http://127.0.0.1:1")?;
    let page = Bytes::from(site::page(PAGE, 0));
    let count = run.extent.of(1000);
    let (mut ours, mut theirs) = (Best::NONE, Best::NONE);
    for _ in 0..ROUNDS {
        let pages = || (0..count).map(|_| page.clone());
        let rewrite = async |page| Ok(holdfast_engine::bench::rewritten(page, &origin).await?);
        ours.take(&times(pages(), rewrite).await?);
        theirs.take(&times(pages(), async |page| raw(&page)).await?);
    }
    #[expect(clippy::cast_precision_loss, reason = "a page's length is exact")]
    let throughput = |best: Best| Figure::BytesPerSecond(page.len() as f64 / best.p50 * 1e9);
    let against = Against::AtLeast(0.9, throughput(theirs));
    let what = format!("rewrite a page of {}", shown(page.len()));
    Ok(Row::new(Goal::G12, what, throughput(ours), against))
}

fn raw(page: &[u8]) -> Outcome<usize> {
    let mut output = Vec::new();
    let handler = element!("*", |element| {
        for attribute in element.attributes() {
            black_box((attribute.name(), attribute.value()));
        }
        Ok(())
    });
    let settings = Settings::new().append_element_content_handler(handler);
    let mut rewriter = HtmlRewriter::new(settings, |piece: &[u8]| output.extend_from_slice(piece));
    rewriter.write(page)?;
    rewriter.end()?;
    Ok(output.len())
}
