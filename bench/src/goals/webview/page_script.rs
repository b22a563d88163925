//! What the script that the app puts into each page costs when the page begins.

use holdfast_tests::root;

use super::Sides;
use crate::goal::Goal;
use crate::table::{Against, Figure, Row};
use crate::{Outcome, Run};

/// The bundle as it is built into the app.
const BUNDLE: &str = "ui/dist/page.js";

/// Runs it once in each of many frames, which are documents that have not seen it; each time
/// with another last line, or it would be compiled once.
const RUN: &str = "
    const [text, count] = arguments;
    const frames = Array.from({ length: count }, () => {
        const frame = document.createElement('iframe');
        (document.body ?? document.documentElement).append(frame);
        return frame.contentWindow;
    });
    const begun = performance.now();
    frames.forEach((frame, number) => frame.eval(`(() => {${text}})();//${number}`));
    const time = (performance.now() - begun) / count;
    const isDone = frames.every(({ document }) => Symbol.for('holdfast') in document);
    document.querySelectorAll('iframe').forEach((frame) => frame.remove());
    return isDone ? time : null;
";

pub(super) async fn row(sides: &Sides, run: &Run) -> Outcome<Row> {
    let app = sides.open(&sides.bare).await;
    let origin = serde_json::json!({ "origin": sides.site.origin() });
    let bundle = std::fs::read_to_string(root().join(BUNDLE))?;
    let text = format!("const __HOLDFAST__ = {origin};\n{bundle}");
    let count = run.extent.of(100);
    let mut best = f64::INFINITY;
    for _ in 0..crate::sampling::ROUNDS {
        let arguments = vec![text.clone().into(), count.into()];
        let time = app.page.js_with(RUN, arguments).await;
        best = best.min(time.as_f64().ok_or("the bundle did not run")? * 1e6);
    }
    app.close().await;
    let what = "in-page script at load, parsed and run, mean";
    Ok(Row::new(Goal::G16, what, Figure::Time(best), Against::Limit(Figure::Time(5e6))))
}
